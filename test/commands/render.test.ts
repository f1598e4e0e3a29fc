import { appendFile, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { RenderSummary } from "../../src/operations/folder/render.js";
import { treeOf } from "../stories/support/tree.js";
import { differences, documented } from "./documented.js";
import { Bench } from "./run-command.js";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.create();
});

describe("render", () => {
  it("writes the files and starts nothing; -o json gives the documented document alone", async () => {
    const { stdout, exitCode } = await bench.run("render", "-o", "json");
    const summary = JSON.parse(stdout) as RenderSummary;
    expect(exitCode).toBe(0);
    expect(differences({ ...summary }, documented("`render -o json`"))).toEqual([]);
    expect(summary).toMatchObject({ cluster: "demo", edited: [], backups: [] });
    expect(summary.written).toContain("Vagrantfile");
    expect(bench.world.transcript).toEqual([]);
  });

  it("goes the steps of up that write the folder, and tells them as up does", async () => {
    const { stdout } = await bench.run("render", "--dry-run");
    const titles = ["Pin the cluster's identity", "Render files", "Fetch manifests"];
    expect(stdout.split("\n").filter((line) => /^[A-Z].*:$/.test(line))).toEqual(titles.map((title) => `${title}:`));
    const { stderr } = await bench.run("render");
    for (const title of titles) expect(stderr).toContain(title);
  });

  it("refuses a file that somebody else made, in the words of up, and a bad spec without a trace", async () => {
    const vagrantfile = join(bench.world.folder, "Vagrantfile");
    await writeFile(vagrantfile, "# mine\n");
    const refused = await bench.run("render");
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(
      `Error: Render files: ${vagrantfile} is there already and was not made by alpine-k8s`,
    );
    const other = await Bench.create();
    await writeFile(join(other.world.folder, "alpine-k8s.yaml"), "kind: Nothing\n");
    const before = await treeOf(other.world.folder, /^$/);
    expect((await other.run("render")).exitCode).toBe(2);
    expect(await treeOf(other.world.folder, /^$/)).toEqual(before);
  });

  it("overrides the spec with flags", async () => {
    expect((await bench.run("render", "--minions", "3")).exitCode).toBe(0);
    expect(await readFile(join(bench.world.folder, "Vagrantfile"), "utf8")).toContain("minion3");
  });

  it("a second time tells that nothing changed", async () => {
    await bench.run("render");
    expect((await bench.run("render")).stdout).toBe("Rendered cluster demo: nothing changed.\n");
  });

  it("leaves files that were edited, and renews them with --force, a backup beside each", async () => {
    const script = join(bench.world.folder, "shared.sh");
    await bench.run("render");
    await appendFile(script, "# mine\n");
    const left = await bench.run("render");
    expect(left.stdout).toContain("shared.sh was edited by hand and left (--force renews it).\n");
    expect(await readFile(script, "utf8")).toContain("# mine");
    const renewed = JSON.parse((await bench.run("render", "--force", "-o", "json")).stdout) as RenderSummary;
    expect(renewed).toMatchObject({ written: ["shared.sh"], edited: [] });
    const [backup = ""] = renewed.backups;
    expect(backup).toMatch(/^shared\.sh\./);
    expect(await readFile(join(bench.world.folder, backup), "utf8")).toContain("# mine");
    expect(await readFile(script, "utf8")).not.toContain("# mine");
  });

  it("refuses what contradicts the living cluster: exit 2 with both values", async () => {
    await bench.run("render");
    const { stdout, stderr, exitCode } = await bench.run("render", "--name", "other", "-o", "json");
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { kind: "conflict", exitCode: 2 } });
    expect(stderr).toMatch(/demo/);
    expect(stderr).toMatch(/other/);
  });
});

describe("render --dry-run", () => {
  const items = async (...argv: string[]): Promise<readonly string[]> => {
    const before = await treeOf(bench.world.folder, /^$/);
    const { stdout } = await bench.run("render", "--dry-run", "-o", "json", ...argv);
    expect(await treeOf(bench.world.folder, /^$/)).toEqual(before);
    return (JSON.parse(stdout) as { items: readonly { text: string }[] }).items.map(({ text }) => text);
  };

  it("names the files that render then writes, and writes none", async () => {
    const named = await items();
    const before = Object.keys(await treeOf(bench.world.folder, /^$/));
    await bench.run("render");
    const written = Object.keys(await treeOf(bench.world.folder, /^$/)).filter((name) => !before.includes(name));
    const files = written.map((name) => basename(name)).sort();
    expect(named.map((text) => basename(text.split(" ").at(-1) ?? "")).sort()).toEqual(files);
    expect(await items()).toEqual([]);
  });

  it("names what --force renews", async () => {
    await bench.run("render");
    await appendFile(join(bench.world.folder, "shared.sh"), "# mine\n");
    expect(await items()).toEqual([]);
    expect(await items("--force")).toEqual(["renew, with a backup beside it, shared.sh"]);
  });
});
