import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { TimingsDocument } from "../../src/operations/timings/read-timings.js";
import { slowTools } from "../operations/timings/slow-world.js";
import { everyElement, parseXml } from "../operations/timings/xml.js";
import { differences, documented } from "./documented.js";
import { Bench } from "./run-command.js";

/** What `up` left on a world of fakes in which everything takes its time. */
const RUNS = join(import.meta.dirname, "../operations/timings/runs");
const RUN = "2026-11-29T22-53-49-242Z-up";
const LATER = "2026-11-30T08-00-00-000Z-add-node";

let bench: Bench;
let logs: string;
beforeEach(async () => {
  bench = await Bench.create();
  logs = join(bench.world.folder, ".alpine-k8s/logs");
  cpSync(RUNS, logs, { recursive: true });
});

/** A run's folder with these files. */
function addRun(name: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(logs, name));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(logs, name, file), text);
}

/** Another run, by what one left: all is as long, but the minions took three seconds more to join. */
function addLater(): void {
  const text = (file: string): string => readFileSync(join(logs, RUN, file), "utf8");
  const steps = text("steps.jsonl")
    .split("\n")
    .map((line) => {
      if (!line.includes('"step":"join-minions"')) return line;
      const record = JSON.parse(line) as { readonly ended: string };
      return JSON.stringify({ ...record, ended: new Date(Date.parse(record.ended) + 3000).toISOString() });
    });
  addRun(LATER, { "steps.jsonl": steps.join("\n"), "timeline.jsonl": text("timeline.jsonl") });
}

const documentOf = (text: string): TimingsDocument => JSON.parse(text) as TimingsDocument;

describe("timings", () => {
  it("tells where the time of the last run went, and asks nobody", async () => {
    const { stdout, stderr, exitCode } = await bench.run("timings");
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    await expect(stdout).toMatchFileSnapshot("../golden/timings.txt");
  });

  it("with -o json prints the documented document alone", async () => {
    addLater();
    const { stdout, exitCode } = await bench.run("timings", LATER, "--against", RUN, "-o", "json");
    const found = documentOf(stdout);
    expect(exitCode).toBe(0);
    const [first] = found.problems;
    expect([first, differences({ ...found }, documented("`timings -o json`"))]).toEqual([undefined, []]);
    expect(found).toMatchObject({ run: LATER, command: "up", outcome: "done", svg: null, against: { run: RUN } });
    const work = found.criticalPath.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    expect(work).toBeLessThanOrEqual(found.milliseconds);
  });

  it("with --svg also draws it", async () => {
    const file = join(bench.world.folder, "up.svg");
    const { stdout, exitCode } = await bench.run("timings", "--svg", file, "-o", "json");
    expect({ exitCode, svg: documentOf(stdout).svg }).toEqual({ exitCode: 0, svg: file });
    const svg = readFileSync(file, "utf8");
    const labels = everyElement(parseXml(svg)).map(({ text }) => text);
    expect(labels).toEqual(expect.arrayContaining(["Initialise the control plane", "minion2"]));
    await expect(svg).toMatchFileSnapshot("../golden/timings.svg");
  });

  it("leaves a file alone that is none of its pictures, unless --force is given", async () => {
    const file = join(bench.world.folder, "notes.svg");
    writeFileSync(file, "mine");
    const refused = await bench.run("timings", "--svg", file);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain(`Error: ${file} is there already and is no picture`);
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect((await bench.run("timings", "--svg", file, "--force")).exitCode).toBe(0);
    expect(parseXml(readFileSync(file, "utf8")).name).toBe("svg");
  });

  it("with --against says what became slower", async () => {
    addLater();
    const { stdout } = await bench.run("timings", LATER, "--against", RUN);
    const [, comparison = ""] = stdout.split("Against run ");
    expect(comparison.split("\n").slice(0, 4)).toEqual([
      `${RUN}, the greatest loss first:`,
      "",
      "STEP                                BEFORE    AFTER  DIFFERENCE",
      "Join the minions                       2.0      5.0        +3.0",
    ]);
    expect(comparison.trimEnd().split("\n").at(-1)).toMatch(/^total +14\.5 +17\.5 +\+2\.9$/);
  });

  it("changes nothing in the folder", async () => {
    const before = readdirSync(bench.world.folder, { recursive: true });
    await bench.run("timings");
    expect(readdirSync(bench.world.folder, { recursive: true })).toEqual(before);
  });
});

describe("timings of a run", () => {
  it("that was killed goes until its last line, of any log", async () => {
    const text = (file: string): string => readFileSync(join(logs, RUN, file), "utf8");
    const timeline = text("timeline.jsonl");
    const cut = timeline.slice(0, timeline.indexOf('"image registry.k8s.io/etcd'));
    const steps = text("steps.jsonl").split('{"step":"init-control-plane"')[0] ?? "";
    const began = Date.parse(timeline.slice(7, 31));
    const later = `${new Date(began + 32_000).toISOString()} [wait-control-plane] Waiting\n`;
    addRun(LATER, { "steps.jsonl": steps, "timeline.jsonl": cut, "master1.log": later });
    const { stdout, exitCode } = await bench.run("timings");
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Run ${LATER} (alpine-k8s up): cut off, or still at work, after 32.0 s.\n`);
    expect(stdout).toMatch(/^\* +Initialise the control plane \(not ended\) +2\d\.\d /m);
    expect(stdout).toContain("\nNot known:\n  timeline.jsonl: a line is damaged and left out\n");
  });

  it("of an older version has its steps by their ids", async () => {
    addRun(LATER, { "steps.jsonl": readFileSync(join(logs, RUN, "steps.jsonl"), "utf8") });
    const { stdout } = await bench.run("timings");
    expect(stdout).toMatch(/^\* +init-control-plane +3\.3 /m);
    expect(stdout).toContain("the run was recorded by an older version: parts of nodes and waits are not known");
  });

  it("with empty or damaged files is told in words", async () => {
    addRun(LATER, { "steps.jsonl": "", "timeline.jsonl": "\u0000\u0001\n{}\n" });
    const { stdout, exitCode } = await bench.run("timings");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("timeline.jsonl: 2 lines are damaged and left out");
  });

  it("with a folder in the place of a file is an error in words", async () => {
    mkdirSync(join(logs, LATER, "steps.jsonl"), { recursive: true });
    const { stderr, exitCode } = await bench.run("timings");
    expect(exitCode).toBe(3);
    expect(stderr).toContain("EISDIR");
  });

  it.each([
    ["2026-11-29", `there is no run 2026-11-29; the nearest: ${RUN}`],
    ["../../../etc", `there is no run ../../../etc; the nearest: ${LATER}, ${RUN}`],
    ["2026-11-30T08-00-00-000Z-add-nod", `there is no run 2026-11-30T08-00-00-000Z-add-nod; the nearest: ${LATER}`],
    ["bare", `run bare has recorded no steps; the nearest: ${LATER}, ${RUN}`],
  ])("%s, which is not there, is refused with the nearest names", async (name, message) => {
    addLater();
    addRun("bare", { "master1.log": "" });
    const { stderr, exitCode } = await bench.run("timings", name);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Error: ${message}\n`);
    expect(stderr).toMatch(/^Try:\n {2}alpine-k8s timings 2026-/m);
  });

  it("of a folder without runs is refused", async () => {
    const { stderr, exitCode } = await (await Bench.create()).run("timings");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^Error: no run has recorded its time in \/.*\nTry:\n {2}alpine-k8s up\n/);
  });

  it("that up has just left has its parts, in order, with what each waited for", async () => {
    bench.tools = slowTools(bench.world, 2);
    await bench.run("up");
    const { stdout } = await bench.run("timings", "-o", "json");
    const { parts, problems, outcome } = documentOf(stdout);
    expect({ problems, outcome }).toEqual({ problems: [], outcome: "done" });
    const of = (node: string): unknown =>
      parts.filter((part) => part.node === node).map(({ step, part, waitsFor }) => [step, part, waitsFor]);
    expect(of("minion1")).toEqual(
      expect.arrayContaining([
        ["start-machines", "boot", "its machine"],
        ["start-machines", "connect", "ssh"],
        ["start-machines", "facts", null],
        ["start-machines", "preparing", null],
        ["join-minions", "kubeadm join", "api.demo.example.com:6443 to take connections"],
        ["join-minions", "kubeadm join", null],
      ]),
    );
    expect(parts.flatMap(({ image }) => image ?? [])).toEqual([
      "registry.k8s.io/kube-apiserver:v1.36.1",
      "registry.k8s.io/etcd:3.6.0-0",
    ]);
    expect(parts).toContainEqual(expect.objectContaining({ part: "starting CoreDNS", waitsFor: "the network" }));
    expect(parts.filter(({ outcome }) => outcome !== "done")).toEqual([]);
  });
});
