import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readLogs, type LogPart, type LogsSummary, type LogQuery } from "../../../src/operations/logs/read-logs.js";
import { AlpineK8sError } from "../../../src/base/errors.js";
import { treeOf } from "../../stories/support/tree.js";
import { rewriteAdminConfig } from "../../fakes/admin-conf.js";
import { event, LogsWorld } from "./logs-world.js";

let logs: LogsWorld;
beforeEach(async () => {
  logs = await LogsWorld.create();
  for (const node of ["master1", "minion1", "minion2"]) {
    logs.files.set(`${node} kubelet`, [`I0101 00:00:00.000000 ${node} old`, `I0101 00:00:01.000000 ${node} new`]);
    logs.files.set(`${node} runtime`, [`time="2026-01-01T00:00:00Z" ${node}`]);
  }
});

type Read = LogsSummary & { readonly parts: readonly LogPart[] };
const ALL: LogQuery = {
  node: undefined,
  sources: ["kubelet", "runtime", "run", "events"],
  lines: undefined,
  since: undefined,
};

async function read(what: Partial<LogQuery> = {}, input = logs.input()): Promise<Read> {
  const parts: LogPart[] = [];
  return { ...(await readLogs({ ...input, ...ALL, ...what, onPart: (part) => parts.push(part) })), parts };
}

const heads = (parts: readonly LogPart[]): string[] => parts.map(({ node, source }) => `${node ?? "-"} ${source}`);

/** Makes a run's folder of logs, newer than that of `up`. */
async function runLog(run: string, node: string, text: string): Promise<void> {
  const folder = join(logs.world.folder, ".alpine-k8s/logs", run);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${node}.log`), text);
}

describe("logs", () => {
  it("of all nodes come node by node, then events; nothing is changed anywhere", async () => {
    logs.events = [event("a", "2026-01-01T10:00:00Z", "there")];
    const before = await treeOf(logs.world.folder);
    const { parts, problems, cluster } = await read();
    expect([cluster, problems]).toEqual(["demo", []]);
    expect(heads(parts).filter((head) => !head.endsWith(" run"))).toEqual([
      ...["master1 kubelet", "master1 runtime", "minion1 kubelet", "minion1 runtime"],
      ...["minion2 kubelet", "minion2 runtime", "- events"],
    ]);
    expect(parts[0]?.lines).toEqual(["I0101 00:00:00.000000 master1 old", "I0101 00:00:01.000000 master1 new"]);
    expect(await treeOf(logs.world.folder)).toEqual(before);
    expect(logs.commands.every((command) => command.readOnly)).toBe(true);
    expect(logs.world.transcript.filter((line) => line.includes("vagrant"))).toEqual([]);
  });

  it("are bounded on the node: 100 lines, or as many as asked for, or 10 000 with --since", async () => {
    await read({ sources: ["kubelet"] });
    await read({ sources: ["kubelet"], lines: 7 });
    await read({ sources: ["kubelet"], since: "10m" });
    expect(logs.commands.map((command) => command.variables?.["LOG_LINES"])).toEqual([
      ...Array<string>(3).fill("100"),
      ...Array<string>(3).fill("7"),
      ...Array<string>(3).fill("10000"),
    ]);
  });

  it("of one node and source are only that; the name may be the full one", async () => {
    const { parts } = await read({ node: "minion2.example.com", sources: ["runtime"] });
    expect(parts).toEqual([{ node: "minion2", source: "runtime", lines: ['time="2026-01-01T00:00:00Z" minion2'] }]);
    expect(logs.commands.map(({ node, name }) => `${node} ${name}`)).toEqual(["minion2 runtime log"]);
  });

  it("with --since are younger; that more was there than was read is told", async () => {
    const now = new Date();
    const line = (ago: number): string => `time="${new Date(now.getTime() - ago * 1000).toISOString()}" ${ago}`;
    logs.files.set("minion1 runtime", [line(900), " trace", line(300), " trace", line(100)]);
    const young = await read({ node: "minion1", sources: ["runtime"], since: "10m" });
    expect(young.parts[0]?.lines).toEqual([line(300), " trace", line(100)]);
    const cut = await read({ node: "minion1", sources: ["runtime"], since: "10m", lines: 3 });
    expect(cut.problems).toEqual(["minion1: only the last 3 lines of runtime were read; see --lines"]);
  });

  it("of runs are those of the newest run that wrote of the node, Vagrant's words with them", async () => {
    await runLog("2999-01-01T00-00-00-000Z-up", "minion1", "one\ntwo\nthree\n");
    await runLog("2999-01-01T00-00-00-000Z-up", "vagrant", "booting\n");
    await runLog("2998-01-01T00-00-00-000Z-up", "minion1", "older\n");
    const { parts } = await read({ sources: ["run"], lines: 2 });
    expect(parts.find((part) => part.node === "minion1")?.lines).toEqual(["two", "three"]);
    expect(parts.at(-1)).toEqual({ node: "vagrant", source: "run", lines: ["booting"] });
    expect(logs.commands).toEqual([]);
    expect((await read({ sources: ["run"], node: "minion1" })).parts).toHaveLength(1);
  });

  it("hold no secret: not those of the folder, not what looks like one", async () => {
    const token = (await readFile(join(logs.world.folder, "cluster-token"), "utf8")).trim();
    const key = (await readFile(join(logs.world.folder, ".alpine-k8s/pki/ca.key"), "utf8")).split("\n")[1] ?? "";
    logs.files.set("minion1 kubelet", [
      `joined with ${token}`,
      `bare ${token.slice(7)}x`,
      `found ${key}`,
      "Authorization: Bearer abc",
    ]);
    const { parts } = await read({ node: "minion1", sources: ["kubelet"] });
    expect(parts[0]?.lines).toEqual([
      "joined with [secret]",
      `bare ${token.slice(7)}x`,
      "found [secret]",
      "Authorization: [secret]",
    ]);
  });
});

describe("events", () => {
  it("come oldest first, whatever field has their time, with how often they were", async () => {
    logs.events = [
      event("c", "2026-01-01T12:00:00Z", "two\nlines", { count: 3, type: "Warning", reason: "BackOff" }),
      event("a", "", "first", { lastTimestamp: null, eventTime: "2026-01-01T10:00:00.000000Z" }),
      event("b", "", "node", {
        ...{ lastTimestamp: null, involvedObject: { kind: "Node", name: "minion1.example.com" } },
        series: { count: 2, lastObservedTime: "2026-01-01T11:00:00Z" },
      }),
    ];
    expect((await read({ sources: ["events"] })).parts).toEqual([
      {
        ...{ node: null, source: "events" },
        lines: [
          "2026-01-01T10:00:00.000000Z Normal Pulled Pod default/web: first",
          "2026-01-01T11:00:00Z Normal Pulled Node minion1.example.com: node (2 times)",
          "2026-01-01T12:00:00Z Warning BackOff Pod default/web: two / lines (3 times)",
        ],
      },
    ]);
  });

  it("of a node are those about it and those of its kubelet", async () => {
    logs.events = [
      event("a", "2026-01-01T10:00:00Z", "elsewhere", { source: { host: "minion2.example.com" } }),
      event("b", "2026-01-01T10:00:01Z", "by its kubelet", { source: { host: "minion1.example.com" } }),
      event("c", "2026-01-01T10:00:02Z", "reported", { reportingInstance: "minion1.example.com" }),
      event("d", "2026-01-01T10:00:03Z", "about it", { involvedObject: { kind: "Node", name: "minion1.example.com" } }),
    ];
    const [part] = (await read({ sources: ["events"], node: "minion1" })).parts;
    expect(part?.node).toBe("minion1");
    expect(part?.lines.map((line) => line.split(": ")[1])).toEqual(["by its kubelet", "reported", "about it"]);
  });
});

describe("what cannot be read", () => {
  it("is told, and the rest is given: a node that is off, a missing file, an API that is down", async () => {
    logs.off.add("minion1");
    logs.files.delete("minion2 runtime");
    logs.events = "connection refused";
    const { parts, problems } = await read({ sources: ["kubelet", "runtime", "events"] });
    expect(heads(parts)).toEqual(["master1 kubelet", "master1 runtime", "minion2 kubelet"]);
    expect(problems).toEqual([
      "minion1: its machine is off (halted)",
      "minion2: there is no /var/log/runtime",
      "events: connection refused",
    ]);
  });

  it("is not the events while admin.config is valid, were it for days only", async () => {
    await logs.world.issue(10);
    await rewriteAdminConfig(logs.world);
    expect((await read({ sources: ["events"] })).problems).toEqual([]);
  });

  it("is an error when it is everything", async () => {
    for (const name of ["master1", "minion1", "minion2"]) logs.off.add(name);
    await rm(join(logs.world.folder, "admin.config"));
    await expect(read({ sources: ["kubelet", "events"] })).rejects.toMatchObject({
      kind: "node",
      message: [
        "no log could be read:",
        ...["master1", "minion1", "minion2"].map((name) => `${name}: its machine is off (halted)`),
        "events: there is no admin.config that works: alpine-k8s kubectl-config",
      ].join("\n  "),
      hints: ["alpine-k8s status", "alpine-k8s up"],
    });
  });

  it.each([
    [{ node: "minion9" }, "cluster demo has no node minion9; it has master1, minion1, minion2"],
    [{ since: "soon" }, "--since soon is neither a time span nor a date with a time zone"],
  ])("for a wrong %j is wrong usage", async (what, message) => {
    await expect(read(what)).rejects.toMatchObject({ kind: "usage", message });
    expect(logs.commands).toEqual([]);
  });

  it("in a folder without a cluster is wrong usage", async () => {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-none-"));
    await expect(read({}, { ...logs.input(), folder })).rejects.toMatchObject({
      kind: "usage",
      hints: ["alpine-k8s up"],
    });
  });

  it("after Ctrl-C is nothing more", async () => {
    const stop = new AbortController();
    const interrupted = new AlpineK8sError("interrupted", "interrupted");
    logs.onLook = () => stop.abort(interrupted);
    await expect(read({}, logs.input(stop.signal))).rejects.toBe(interrupted);
  });
});
