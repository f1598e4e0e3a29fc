import { captureOutput } from "@oclif/test";
import { Config } from "@oclif/core";
import { describe, expect, it } from "vitest";
import hook from "../../src/cli/unknown-command.js";
import { ROOT } from "../commands/run-command.js";

async function run(id: string, argv: string[]): Promise<{ stdout: string; stderr: string; exit: number | undefined }> {
  const config = await Config.load(ROOT);
  const exit = (code = 0): never => {
    throw Object.assign(new Error("EEXIT"), { oclif: { exit: code } });
  };
  const context = { config, exit, log: console.log, error: exit, warn: exit, debug: () => undefined };
  const call = (): void => hook.call(context as never, { id, argv, config });
  const { stdout, stderr, error } = await captureOutput(async () => Promise.resolve().then(call));
  return { stdout, stderr, exit: error?.oclif?.exit };
}

describe("a command that is not there", () => {
  it("is told as it was typed, with what to type, exit 2", async () => {
    expect(await run("token:shwo", [])).toEqual({
      ...{ stdout: "", exit: 2 },
      stderr: "Error: there is no command alpine-k8s token shwo\nTry:\n  alpine-k8s token --help\n",
    });
    expect((await run("get:pods", ["-A"])).stderr).toContain("Try:\n  alpine-k8s --help\n");
    expect((await run("init:extra", [])).stderr).toContain("Try:\n  alpine-k8s init --help\n");
  });

  it("is a document with -o json", async () => {
    const { stdout } = await run("bogus", ["-o", "json"]);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        kind: "usage",
        exitCode: 2,
        message: "there is no command alpine-k8s bogus",
        hints: ["alpine-k8s --help"],
      },
    });
  });
});
