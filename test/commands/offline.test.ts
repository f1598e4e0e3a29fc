import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { ValidatedConfig } from "../../src/operations/folder/config.js";
import type { InitSummary } from "../../src/operations/folder/init.js";
import Completion from "../../src/commands/completion.js";
import ConfigShow from "../../src/commands/config/show.js";
import { createClusterCa } from "../../src/pki/ca.js";
import ConfigValidate from "../../src/commands/config/validate.js";
import Init from "../../src/commands/init.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { treeOf } from "../stories/support/tree.js";
import { differences, documented } from "./documented.js";
import { Bench, ROOT, SPEC, type Ran } from "./run-command.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-offline-"));
});

interface Runnable {
  run(argv: string[], root: string): Promise<unknown>;
}

async function run(command: Runnable, ...argv: string[]): Promise<Ran> {
  const { stdout, stderr, error } = await captureOutput(() => command.run(["--dir", folder, ...argv], ROOT));
  return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
}

const put = (text: string): Promise<void> => writeFile(join(folder, "alpine-k8s.yaml"), text);

/** A folder in which a cluster has been made. */
async function withCluster(): Promise<void> {
  const bench = await Bench.create();
  await bench.run("up");
  folder = bench.world.folder;
}

describe("config show", () => {
  it("prints a valid spec with every default, in YAML and in JSON, and changes nothing", async () => {
    await put(SPEC);
    const before = await treeOf(folder);
    const yaml = await run(ConfigShow);
    const json = await run(ConfigShow, "-o", "json");
    expect([yaml.exitCode, json.exitCode]).toEqual([0, 0]);
    expect(parse(yaml.stdout)).toEqual(JSON.parse(json.stdout));
    expect(yaml.stdout).toMatch(/^# Cluster demo; alpine-k8s\.yaml with every default\.\n/);
    const read = (text: string) => parseSpec({ text, source: "x", folderName: "y", overrides: {} });
    const { vagrant, ...shown } = read(yaml.stdout);
    const { vagrant: written, ...spec } = read(SPEC);
    expect(shown).toEqual(spec);
    expect(vagrant).toEqual({ ...written, network: "10.250.250.0/24" });
    expect(await treeOf(folder)).toEqual(before);
  });

  it("without a file tells what is only known on the way up", async () => {
    const { stdout } = await run(ConfigShow);
    expect(stdout).toContain("; there is no alpine-k8s.yaml: all defaults.\n");
    expect(stdout).toContain("    version: v1.36.1\n");
    expect(stdout).toContain("    # provider: the first usable one, and network follows it\n");
  });

  it("tells what the cluster pins, and that a changed spec contradicts it", async () => {
    await withCluster();
    await put(SPEC.replace("vagrant: { provider: libvirt }", "vagrant: {}"));
    const { stdout } = await run(ConfigShow);
    expect(stdout).toContain("    provider: libvirt # pinned: the cluster was made with it\n");
    expect(stdout).toContain("    network: 10.250.250.0/24 # pinned: the cluster was made with it\n");
    await put(SPEC.replace("v1.36.1", "v1.35.0"));
    expect(await run(ConfigShow)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(
        "spec.kubernetes.version: the cluster has v1.36.1, the spec says v1.35.0",
      ) as string,
    });
  });

  it("shows no password", async () => {
    await put('spec: { proxy: { http: "http://ann:pass@proxy.test:3128" } }\n');
    const { stdout } = await run(ConfigShow);
    expect(stdout).toContain("    http: http://***@proxy.test:3128\n");
    expect(stdout).not.toMatch(/ann|pass\b/);
  });
});

describe("config validate", () => {
  const BAD = "spec:\n  domain: example.com\n  minions: 3\n  provider: cloud\n";

  it("of a valid file: exit 0 with a word, nothing changed", async () => {
    await put(SPEC);
    const before = await treeOf(folder);
    expect(await run(ConfigValidate)).toEqual({ stdout: "alpine-k8s.yaml is valid.\n", stderr: "", exitCode: 0 });
    expect(await treeOf(folder)).toEqual(before);
  });

  it("without a file: all defaults apply", async () => {
    expect((await run(ConfigValidate)).stdout).toBe("There is no alpine-k8s.yaml: all defaults apply.\n");
  });

  it("of a bad file: exit 2 with every problem, its line and column", async () => {
    await put(BAD);
    const { stdout, stderr, exitCode } = await run(ConfigValidate);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
    expect(stderr).toContain("Error: 2 problems in the spec:\nalpine-k8s.yaml:3:3: spec.minions: unknown key;");
    expect(stderr).toContain("\nalpine-k8s.yaml:4:13: spec.provider: must be vagrant or hosts");
  });

  it("of a file whose spec.proxy.ca is no CA: exit 2 with its place in the file", async () => {
    await put(`${SPEC}  proxy:\n    ca: proxy.pem\n`);
    const line = SPEC.split("\n").length + 1;
    const { stderr, exitCode } = await run(ConfigValidate);
    const path = join(folder, "proxy.pem");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `alpine-k8s.yaml:${line}:9: spec.proxy.ca: the proxy's CA cannot be used: ${path} is not there`,
    );
    await writeFile(path, (await createClusterCa({ name: "proxy" })).certificate);
    expect((await run(ConfigValidate)).exitCode).toBe(0);
  });

  it("of values that an add-on does not take: exit 2 with their place in the file", async () => {
    const lines = SPEC.replace(
      /^ {2}addons: .*$/m,
      "  addons:\n    - name: canal\n      values: { colour: red }",
    ).split("\n");
    await put(lines.join("\n"));
    const line = lines.findIndex((text) => text.includes("colour")) + 1;
    const { stderr, exitCode } = await run(ConfigValidate);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `alpine-k8s.yaml:${line}:7: spec.addons[0].values: values of the add-on canal: colour: there is no such value; there is: none`,
    );
  });

  it("with -o json prints the documented document alone, more than twenty problems too", async () => {
    await put(`${BAD}${Array.from({ length: 30 }, (_, index) => `  key${index}: 1\n`).join("")}`);
    const { stdout, stderr, exitCode } = await run(ConfigValidate, "-o", "json");
    const result = JSON.parse(stdout) as ValidatedConfig;
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 2 });
    expect(differences({ ...result }, documented("`config validate -o json`"))).toEqual([]);
    expect(result).toMatchObject({ valid: false, file: "alpine-k8s.yaml", cluster: null });
    expect(result.problems).toHaveLength(32);
    expect(result.problems[0]).toMatchObject({ line: 3, column: 3, key: "spec.minions" });
  });

  it("repeats no password of a URL that it refuses", async () => {
    await put('spec: { proxy: { http: "ftp://ann:pass@proxy.test" } }\n');
    const { stderr } = await run(ConfigValidate);
    expect(stderr).toContain('"ftp://***@proxy.test" is not an http or https URL');
    expect(stderr).not.toContain("pass@");
  });

  it("of a text that is no YAML tells where", async () => {
    await put("spec: {\n");
    const { problems } = JSON.parse((await run(ConfigValidate, "-o", "json")).stdout) as ValidatedConfig;
    expect(problems[0]).toMatchObject({ line: 2, column: 1, key: "" });
  });

  it("compares with the folder's cluster, at the place of the value", async () => {
    await withCluster();
    expect((await run(ConfigValidate)).stdout).toBe(
      "alpine-k8s.yaml is valid.\nIt does not contradict the cluster demo.\n",
    );
    await put(SPEC.replace("v1.36.1", "v1.35.0").replace("spec:\n", "spec:\n  domain: other.test\n"));
    const { problems, cluster } = JSON.parse((await run(ConfigValidate, "-o", "json")).stdout) as ValidatedConfig;
    expect(cluster).toBe("demo");
    expect(problems.map(({ line, key }) => [line, key])).toEqual([
      [5, "spec.domain"],
      [6, "spec.kubernetes.version"],
    ]);
    expect(problems[0]?.message).toMatch(/^the cluster has example\.com, the spec says other\.test; put .* back/);
  });

  it("tells what only the pinned network forbids", async () => {
    await withCluster();
    await put(
      `${SPEC.replace("vagrant: { provider: libvirt }", "vagrant: {}")}  nodes: { list: [{ name: master1, role: master, address: 10.9.0.2 }] }\n`,
    );
    const { problems } = JSON.parse((await run(ConfigValidate, "-o", "json")).stdout) as ValidatedConfig;
    expect(problems.map(({ message }) => message).join()).toContain("10.9.0.2 is not in the cluster network");
  });

  it("checks another file, and says when it cannot be read", async () => {
    const other = join(folder, "other.yaml");
    await writeFile(other, BAD);
    expect((await run(ConfigValidate, other)).stderr).toContain(`${other}:3:3: spec.minions`);
    for (const path of [folder, join(folder, "missing.yaml")]) {
      expect(await run(ConfigValidate, path)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(`Error: cannot read ${path}: `) as string,
      });
    }
  });
});

describe("init", () => {
  it("writes the file and tells what is next; a second time: exit 2", async () => {
    const { stdout, exitCode } = await run(Init, "--name", "demo");
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      `Wrote ${join(folder, "alpine-k8s.yaml")} for cluster demo.\nNext:\n  alpine-k8s config validate\n  alpine-k8s up\n  each alpine-k8s command with: --dir ${folder}\n`,
    );
    expect((await run(ConfigValidate)).exitCode).toBe(0);
    const again = await run(Init);
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain("is there already and was left as it is\nTry:\n  alpine-k8s config show\n");
  });

  it("makes the folder of --dir; -o json gives the documented document alone", async () => {
    folder = join(folder, "new", "one");
    const { stdout } = await run(Init, "--provider", "hosts", "-o", "json");
    const summary = JSON.parse(stdout) as InitSummary;
    expect(differences({ ...summary }, documented("`init -o json`"))).toEqual([]);
    expect(summary).toMatchObject({ cluster: "one", provider: "hosts" });
    expect(await readFile(summary.file, "utf8")).toContain("  provider: hosts\n");
  });
});

describe("a folder that cannot be used", () => {
  it("is exit 3 with what to look at, not a bug", async () => {
    await mkdir(join(folder, "alpine-k8s.yaml"));
    const shown = await run(ConfigShow);
    expect(shown.exitCode).toBe(3);
    expect(shown.stderr).toMatch(
      /^Error: EISDIR: .*\nTry:\n {2}something else stands in its place; look at it: ls -ld/,
    );
    await writeFile(join(folder, ".alpine-k8s"), "");
    const started = await run(Init);
    expect(started).toMatchObject({ exitCode: 3, stdout: "" });
    expect(started.stderr).toContain(`look at it: ls -ld '${join(folder, ".alpine-k8s/identity.yaml")}'`);
  });
});

describe("completion nodes", () => {
  it("leaves out what no node is called: bash would run $(…) in a name", async () => {
    const machines = join(folder, ".vagrant/machines");
    for (const name of ["minion7", "$(touch owned)", "`id`", "a b", "-x"]) {
      await mkdir(join(machines, name, "libvirt"), { recursive: true });
      await writeFile(join(machines, name, "libvirt/id"), "1");
    }
    expect((await run(Completion, "nodes")).stdout).toBe("master1\nminion1\nminion2\nminion7\n");
  });

  it.each([
    ["", ["master1", "minion1", "minion2"]],
    ["spec: {provider: hosts, hosts: [{name: a, role: master, address: 10.0.0.1}]}", ["a"]],
    ["spec: {vagrant: {provider: libvirt}, nodes: {list: [{name: master1, role: master}]}}", ["master1"]],
    ["spec: {broken", []],
  ])("of %j prints %j", async (text, names) => {
    await put(text);
    expect(await run(Completion, "nodes")).toEqual({
      ...{ stdout: names.map((name) => `${name}\n`).join(""), stderr: "", exitCode: 0 },
    });
  });

  it("names machines that are in the spec no more", async () => {
    const machine = join(folder, ".vagrant/machines/minion7/libvirt");
    await mkdir(machine, { recursive: true });
    await writeFile(join(machine, "id"), "0a1b");
    expect((await run(Completion, "nodes")).stdout).toContain("minion7\n");
  });

  it("runs prints those that have recorded their time, the newest first, and no name that a shell would run", async () => {
    const logs = join(folder, ".alpine-k8s/logs");
    for (const name of [
      "2026-01-31T12-00-00-000Z-up",
      "2026-02-01T12-00-00-000Z-add-node",
      "$(touch owned)",
      "silent",
    ]) {
      await mkdir(join(logs, name), { recursive: true });
      if (name !== "silent") await writeFile(join(logs, name, "steps.jsonl"), "");
    }
    expect(await run(Completion, "runs")).toEqual({
      ...{ stdout: "2026-02-01T12-00-00-000Z-add-node\n2026-01-31T12-00-00-000Z-up\n", stderr: "", exitCode: 0 },
    });
  });

  it.each(["bash", "zsh", "fish"])("prints the script for %s", async (shell) => {
    const { stdout, exitCode } = await run(Completion, shell);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`# ${shell} completion for alpine-k8s; made by: alpine-k8s completion ${shell}\n`);
  });

  it("refuses another shell", async () => {
    const { stderr, exitCode } = await run(Completion, "tcsh");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("bash, zsh, fish, nodes");
  });
});
