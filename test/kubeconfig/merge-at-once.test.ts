import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { undoInFile } from "../../src/kubeconfig/merge-file.js";
import { buildProgram, type BuiltProgram } from "../fakes/built-program.js";
import { adminConfig } from "./merge-inputs.js";

const USERS =
  "# mine\napiVersion: v1\nclusters:\n- name: acme\n  cluster: { server: https://acme }\ncurrent-context: acme\n";

describe("fifty processes at once", () => {
  let folder: string;
  let file: string;
  let program: BuiltProgram;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "alpine k8s kube "));
    file = join(folder, ".kube", "config");
    program = await buildProgram("merge", "kubeconfig/merge-file.ts", SCRIPT);
  }, 60_000);
  afterAll(() => program.remove());

  it("lose nothing: every cluster is in, everything else is as it was", async () => {
    await mkdir(join(folder, ".kube"));
    await writeFile(file, USERS, { mode: 0o600 });
    const clusters = Array.from({ length: 50 }, (_, index) => `demo${index}`);
    await Promise.all(clusters.map(async (name) => writeFile(join(folder, name), await adminConfig(name))));
    await Promise.all(
      clusters.map((name) => promisify(execFile)(process.execPath, [program.path, file, join(folder, name)])),
    );
    const text = await readFile(file, "utf8");
    const { contexts } = parse(text) as { contexts: readonly { name: string }[] };
    expect(contexts.map((context) => context.name).sort()).toEqual([...clusters].sort());
    expect(text).toMatch(/^# mine\n/);
    expect(parse(text)).toMatchObject({ "current-context": "acme", clusters: { length: 51, 0: { name: "acme" } } });
    expect((await readdir(join(folder, ".kube"))).filter((name) => !name.endsWith(".backup"))).toEqual(["config"]);
    const undo = async (name: string): Promise<unknown> =>
      undoInFile({
        signal: new AbortController().signal,
        atMost: 110_000,
        files: [file],
        adminConfig: await readFile(join(folder, name), "utf8"),
      });
    await Promise.all(clusters.map(undo));
    // When the first merged cluster is removed last, the file is as it was, without empty lists.
    expect({ contexts: [], users: [], ...(parse(await readFile(file, "utf8")) as object) }).toEqual({
      ...{ contexts: [], users: [] },
      ...(parse(USERS) as object),
    });
    expect(await readdir(join(folder, ".kube"))).toEqual(["config"]);
  }, 120_000);
});

const SCRIPT = `
import { readFile } from "node:fs/promises";
import { mergeIntoFile } from "./kubeconfig/merge-file.js";
const [, , file, config] = process.argv;
const common = { files: [file], adminConfig: await readFile(config, "utf8"), signal: new AbortController().signal };
await mergeIntoFile({ ...common, use: false, force: false, atMost: 110_000 });
`;
