import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { readEntry } from "../../src/addons/catalogue/read-entry.js";
import { DELIVERED_ADDONS } from "../../src/model/spec/addon-names.js";
import { ROOT } from "../commands/run-command.js";

/** Code that writes the addresses of all modules of a process into a file when it ends. */
const RECORDER = `
  import { writeFileSync } from "node:fs";
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  process.on("exit", () => writeFileSync(process.env.TEST_LOADED, JSON.stringify(loaded)));`;

/** The packages, the system's modules that take long, and the commands that a command line loads in an empty folder. */
function loadedBy(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "alpine-k8s-loading-"));
  const file = join(folder, "loaded.json");
  const recorder = `data:text/javascript,${encodeURIComponent(RECORDER)}`;
  const { status } = spawnSync(process.execPath, ["--import", recorder, join(ROOT, "bin/run.js"), ...words], {
    env: { PATH: process.env["PATH"], HOME: folder, TEST_LOADED: file, ...variables },
    cwd: mkdtempSync(join(folder, "empty-")),
  });
  const urls = JSON.parse(readFileSync(file, "utf8")) as readonly string[];
  const named = (pattern: RegExp): readonly string[] =>
    [...new Set(urls.flatMap((url) => pattern.exec(url)?.[1] ?? []))].sort();
  return {
    status,
    packages: named(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/).filter((name) => HEAVY.includes(name)),
    system: named(/^(node:(?:http|https|tls))$/),
    commands: named(/\/dist\/commands\/(.+)\.js$/),
    all: urls.length,
  };
}

/** All packages of package.json but oclif, which every command needs. */
const HEAVY = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly dependencies: object }).dependencies,
).filter((name) => name !== "@oclif/core");

describe("what a command loads", { timeout: 120_000 }, () => {
  it.each([
    { words: ["addons", "list"], status: 0, packages: [] },
    { words: ["versions"], status: 0, packages: [] },
    { words: ["config", "validate"], status: 0, packages: [] },
    { words: ["config", "show"], status: 0, packages: ["yaml"] },
    { words: ["completion", "nodes"], command: "completion", status: 0, packages: [] },
    { words: ["token", "list"], status: 2, packages: ["yaml"] },
  ])("$words, without a cluster: itself alone of all commands, and of the packages $packages", (one) => {
    const { words, command = words.join("/"), status, packages } = one;
    expect(loadedBy(words)).toMatchObject({ status, packages, system: [], commands: [command] });
  });

  it.each(["development", "test"])("as much with NODE_ENV=%s as without, no compiler for one", (NODE_ENV) => {
    expect(loadedBy(["addons", "list"], { NODE_ENV })).toEqual(loadedBy(["addons", "list"]));
  });

  it("status: of the packages yaml alone, as long as it asks no node", () => {
    expect(loadedBy(["status"])).toMatchObject({ status: 2, packages: ["yaml"], commands: ["status"] });
  });

  it.each([
    { words: ["stauts"] },
    { words: ["up", "--dir", ".", "--help"] },
    { words: ["completion", "bash", "--dir", "."] },
  ])("$words: all commands", ({ words }) => {
    expect(loadedBy(words).commands).toEqual(expect.arrayContaining(["addons/list", "status", "up", "versions"]));
  });
});

describe("the entries that the build has read", () => {
  const textOf = (name: string): string => readFileSync(join(ROOT, `templates/addons/${name}.yaml`), "utf8");

  it("are what the texts say, and count for these texts alone", async () => {
    const built = (await import(pathToFileURL(join(ROOT, "dist/addons/catalogue/built-entry.js")).href)) as {
      readonly builtEntry: (name: string, text: string) => unknown;
    };
    for (const name of DELIVERED_ADDONS) {
      const text = textOf(name);
      expect(built.builtEntry(name, text)).toStrictEqual(readEntry(text, name));
      expect(built.builtEntry(name, `${text}\n`)).toBeUndefined();
    }
    expect(built.builtEntry("none", "")).toBeUndefined();
  });
});
