import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../commands/run-command.js";

const TEXTS = join(ROOT, "dist/start-up");
const REFUSED = "oclif is loaded";

/** Code that makes loading oclif fail. */
const WITHOUT_OCLIF = `
  import { registerHooks } from "node:module";
  registerHooks({
    resolve: (name, context, next) => {
      if (name.startsWith("@oclif/")) throw new Error("${REFUSED}");
      return next(name, context);
    },
  });`;

/** Code that makes the system look like WSL. */
const BELOW_WINDOWS = `
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  const { readFileSync } = fs;
  fs.readFileSync = (path, ...more) => (path === "/proc/version" ? "Linux 6.6-Microsoft" : readFileSync(path, ...more));
  syncBuiltinESMExports();`;

function node(words: readonly string[], code: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const imports = code.flatMap((text) => ["--import", `data:text/javascript,${encodeURIComponent(text)}`]);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...imports, join(ROOT, "bin/run.js"), ...words], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
  });
  return { status, stdout, stderr };
}

describe("the texts that the build made for a quick start", { timeout: 120_000 }, () => {
  it("are what oclif prints for the version and for each command, topic and shell", () => {
    const { stdout } = spawnSync(process.execPath, [join(ROOT, "scripts/start-up-texts.js"), "--print"], {
      encoding: "utf8",
    });
    const made = Object.fromEntries(readdirSync(TEXTS).map((name) => [name, readFileSync(join(TEXTS, name), "utf8")]));
    expect(made).toEqual(JSON.parse(stdout));
    expect(Object.keys(made)).toEqual(
      expect.arrayContaining(["version", "help", "help.up", "help.certs", "help.certs.renew", "completion.fish"]),
    );
  });

  it("name neither the system nor the Node that made them", () => {
    const made = readdirSync(TEXTS).filter((name) =>
      readFileSync(join(TEXTS, name), "utf8").includes(process.versions.node),
    );
    expect(made).toEqual([]);
  });
});

describe("without oclif", { timeout: 120_000 }, () => {
  it.each([
    { words: [] },
    { words: ["--version"] },
    { words: ["--help"] },
    { words: ["up", "--help"] },
    { words: ["kubectl-config", "--help"] },
    { words: ["token", "--help"] },
    { words: ["token", "list", "--help"] },
    { words: ["completion", "--help"] },
    { words: ["completion", "bash"] },
  ])("alpine-k8s $words prints what it prints with oclif", ({ words }) => {
    const byOclif = node(words, [], { OCLIF_COLUMNS: "80" });
    expect(byOclif).toMatchObject({ status: 0, stderr: "" });
    expect(node(words, [WITHOUT_OCLIF], { COLORTERM: "truecolor", CI: "true" })).toEqual(byOclif);
  });
});

describe("oclif answers", { timeout: 120_000 }, () => {
  it.each([
    { words: ["up"], what: "a command" },
    { words: ["up", "--dir", ".", "--help"], what: "help behind other words" },
    { words: ["frobnicate", "--help"], what: "help of a command that does not exist" },
    { words: ["certs.renew", "--help"], what: "what only looks like the name of a text" },
    { words: ["completion", "csh"], what: "a shell that there is no script for" },
    { words: ["completion", "nodes"], what: "names of nodes" },
    { words: ["--version", "up"], what: "more than the version" },
    { words: ["--help"], env: { FORCE_COLOR: "1" }, what: "help with styles" },
    { words: ["--help"], env: { OCLIF_COLUMNS: "100" }, what: "help in another width" },
    { words: ["--version"], env: { DEBUG: "*" }, what: "with its own log" },
  ])("$what: $words", ({ words, env }) => {
    const { status, stdout, stderr } = node(words, [WITHOUT_OCLIF], env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(`Error: ${REFUSED}`);
  });

  it("the version on a Linux below Windows, which has a name of its own", () => {
    expect(node(["--version"], [BELOW_WINDOWS, WITHOUT_OCLIF]).stderr).toContain(`Error: ${REFUSED}`);
  });

  it("help in a terminal, in its width and with styles", () => {
    const code = `data:text/javascript,${encodeURIComponent(WITHOUT_OCLIF)}`;
    const line = [process.execPath, "--import", code, join(ROOT, "bin/run.js"), "--help"].join("' '");
    const { stdout } = spawnSync("script", ["-qec", `'${line}'`, "/dev/null"], { encoding: "utf8" });
    expect(stdout).toContain(`Error: ${REFUSED}`);
  });
});
