import { Config, Errors } from "@oclif/core";
import { captureOutput } from "@oclif/test";
import { describe, expect, it } from "vitest";
import { commandNotFound } from "../../src/cli/command-not-found.js";
import { ROOT } from "../commands/run-command.js";

/** What a shell gets from a command that does not exist. */
async function typed(...words: string[]): Promise<{ stdout: string; stderr: string; code: number | undefined }> {
  const config = await Config.load(ROOT);
  const id = words.filter((word) => !word.startsWith("-")).join(":");
  const context = {
    exit: (code: number): never => {
      throw new Errors.ExitError(code);
    },
  };
  const { stdout, stderr, error } = await captureOutput(async () => {
    await commandNotFound.call(context as never, { id, argv: words, config } as never);
  });
  return { stdout, stderr, code: error?.oclif?.exit };
}

describe("a command that does not exist", () => {
  it.each([
    { words: ["frobnicate"], named: "frobnicate", meant: [] },
    { words: ["statuss"], named: "statuss", meant: ["status"] },
    { words: ["add-nod", "minion3"], named: "add-nod", meant: ["add-node"] },
    { words: ["tokn", "show"], named: "tokn show", meant: ["token show"] },
    { words: ["init", "extra"], named: "init extra", meant: ["init"] },
    { words: ["token", "list", "extra"], named: "token list extra", meant: ["token list"] },
    { words: ["certs", "statsu"], named: "certs statsu", meant: ["certs status"] },
  ])("$named", async ({ words, named, meant }) => {
    const hints = [...meant.map((command) => `  alpine-k8s ${command} --help\n`), "  alpine-k8s --help\n"].join("");
    expect(await typed(...words)).toEqual({
      stdout: "",
      stderr: `Error: there is no command "${named}"\nTry:\n${hints}`,
      code: 2,
    });
  });

  it("is told in JSON when that was asked for", async () => {
    const { stdout, code } = await typed("statuss", "-o=json");
    expect(JSON.parse(stdout)).toEqual({
      error: {
        kind: "usage",
        exitCode: 2,
        message: 'there is no command "statuss"',
        hints: ["alpine-k8s status --help", "alpine-k8s --help"],
      },
    });
    expect(code).toBe(2);
  });

  it("is what package.json names", async () => {
    const { command_not_found: hook } = (await Config.load(ROOT)).pjson.oclif.hooks ?? {};
    const { target, identifier } = hook as { target: string; identifier: string };
    const source = target.replace("./dist/", "../../src/");
    expect(((await import(`${source}.js`)) as Record<string, unknown>)[identifier]).toBe(commandNotFound);
  });
});
