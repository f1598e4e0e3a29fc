import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const ROOT = join(import.meta.dirname, "../..");
const RUN = join(ROOT, "bin/run.js");
const [NEEDED = ""] = /\d+\.\d+$/.exec(manifest.engines.node) ?? [];
const [MAJOR = 0, MINOR = 0] = NEEDED.split(".").map(Number);

/** How to start a version of Node. */
interface Node {
  readonly version: string;
  readonly words: readonly string[];
}

/** This test's Node, which reports another version. */
function pretending(version: string): Node {
  const code = `Object.defineProperty(process.versions, "node", { value: "${version}" })`;
  return { version, words: [process.execPath, "--import", `data:text/javascript,${encodeURIComponent(code)}`] };
}

/** Versions of Node on this computer that are too old for us: those on PATH that npm did not put there. */
function oldNodesHere(): Node[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return folders.flatMap((folder) => {
    const node = join(folder, "node");
    if (!existsSync(node)) return [];
    const version = spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" }).stdout.trim();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    return major < MAJOR || (major === MAJOR && minor < MINOR) ? [{ version, words: [node] }] : [];
  });
}

function run({ words: [program = "", ...words] }: Node, file = RUN) {
  const { status, stdout, stderr } = spawnSync(program, [...words, file, "--version"], { encoding: "utf8" });
  return { status, stdout, stderr };
}

function refusal({ version }: Node) {
  return {
    status: 3,
    stdout: "",
    stderr:
      `Error: alpine-k8s needs Node.js ${NEEDED} or newer, and this is ${version}: install a newer one from ` +
      "https://nodejs.org (in a checkout of alpine-k8s, after npm ci: npx node bin/run.js)\n",
  };
}

const OLD = ["4.9.1", "20.20.2", `${MAJOR}.${MINOR - 1}.9`].map(pretending);

describe("a Node that is too old for alpine-k8s", () => {
  it.each([...OLD, ...oldNodesHere()])("gets one sentence and exit code 3: $version of $words.0", (node) => {
    expect(run(node)).toEqual(refusal(node));
  });

  it("can read the first file, without new syntax", () => {
    const text = readFileSync(RUN, "utf8").replace(/^(#!|\/\/).*/gm, "");
    expect(text.match(/\bimport\b.*/g)).toEqual(['import("./main.js");']);
    expect(text).not.toMatch(/=>|`|\b(const|let|class|async|await|export)\b|\?\?|\?\./);
  });

  it("reads the first file as a script, too, as a Node that knows no modules does", () => {
    const folder = mkdtempSync(join(tmpdir(), "old-node-"));
    try {
      copyFileSync(RUN, join(folder, "run.cjs"));
      const node = pretending("4.9.1");
      expect(run(node, join(folder, "run.cjs"))).toEqual(refusal(node));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("a Node that is new enough", () => {
  it.each([`${MAJOR}.${MINOR}.0`, `${MAJOR + 1}.0.0`, "100.0.0"])("runs the program: %s", (version) => {
    const folder = mkdtempSync(join(tmpdir(), "new-node-"));
    try {
      copyFileSync(RUN, join(folder, "run.js"));
      writeFileSync(join(folder, "package.json"), '{"type":"module"}');
      writeFileSync(join(folder, "main.js"), 'console.log("the program, with", process.argv[2]);');
      const outcome = run(pretending(version), join(folder, "run.js"));
      expect(outcome).toEqual({ status: 0, stdout: "the program, with --version\n", stderr: "" });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
