import { beforeEach, describe, expect, it } from "vitest";
import { followLogs, type FollowedLine } from "../../../src/operations/logs/follow-logs.js";
import type { LogQuery } from "../../../src/operations/logs/read-logs.js";
import { AlpineK8sError } from "../../../src/base/errors.js";
import { event, LogsWorld } from "./logs-world.js";

const ENOUGH = new AlpineK8sError("interrupted", "interrupted");
const ALL: LogQuery = {
  node: undefined,
  sources: ["kubelet", "runtime", "run", "events"],
  lines: undefined,
  since: undefined,
};

let logs: LogsWorld;
let lines: string[];
let stop: AbortController;
beforeEach(async () => {
  logs = await LogsWorld.create();
  for (const node of ["master1", "minion1", "minion2"]) logs.files.set(`${node} kubelet`, ["one", "two", "three"]);
  lines = [];
  stop = new AbortController();
});

/** Follows until this many lines have come, or the events were listed this many times. */
async function follow(what: Partial<LogQuery>, until: { lines?: number; looks?: number }): Promise<unknown> {
  let looks = 0;
  const onLook = logs.onLook;
  logs.onLook = () => {
    onLook();
    looks += 1;
    if (looks > (until.looks ?? Infinity)) stop.abort(ENOUGH);
  };
  const onLine = ({ node, source, text }: FollowedLine): void => {
    lines.push(`${node ?? "-"} ${source} ${text}`);
    if (lines.length === until.lines) stop.abort(ENOUGH);
  };
  return followLogs({ ...logs.input(stop.signal), ...ALL, ...what, onLine }).catch((error: unknown) => error);
}

describe("following logs", () => {
  it("gives the last lines of all nodes and goes on until it is ended", async () => {
    expect(await follow({ sources: ["kubelet"], lines: 2 }, { lines: 6 })).toBe(ENOUGH);
    expect([...lines].sort()).toEqual(
      ["master1", "minion1", "minion2"].flatMap((node) => [`${node} kubelet three`, `${node} kubelet two`]),
    );
    expect(
      logs.commands.map(({ name, streamOutput, readOnly, timeout }) => [name, streamOutput, readOnly, timeout]),
    ).toEqual(Array(3).fill(["follow kubelet log", true, true, 2_147_483_647]));
    expect(logs.world.warnings).toEqual([]);
  });

  it("refuses what is over, before any work", async () => {
    expect(await follow({ sources: ["run"] }, {})).toMatchObject({
      ...{ kind: "usage", message: "--follow: run logs belong to finished runs, so they do not grow" },
      hints: ["alpine-k8s logs --source run", "alpine-k8s logs --follow"],
    });
  });

  it("takes secrets out, and what is too old", async () => {
    const young = new Date().toISOString();
    logs.files.set("minion1 kubelet", ['time="2020-01-01T00:00:00Z" old', "trace", `time="${young}" password=hunter2`]);
    await follow({ node: "minion1", sources: ["kubelet"], since: "1h" }, { lines: 1 });
    expect(lines).toEqual([`minion1 kubelet time="${young}" password=[secret]`]);
  });

  it("gives each event once, and again when it has happened again", async () => {
    const first = [event("a", "2026-01-01T10:00:00Z", "a"), event("b", "2026-01-01T11:00:00Z", "b")];
    const again = event("a", "2026-01-01T12:00:00Z", "a", { count: 2, metadata: { uid: "a", resourceVersion: "2" } });
    let look = 0;
    logs.onLook = () => {
      look += 1;
      logs.events = look < 3 ? first : [...first.slice(1), again, event("c", "2026-01-01T13:00:00Z", "c")];
    };
    expect(await follow({ sources: ["events"], lines: 1 }, { looks: 4 })).toBe(ENOUGH);
    expect(lines).toEqual([
      "- events 2026-01-01T11:00:00Z Normal Pulled Pod default/web: b",
      "- events 2026-01-01T12:00:00Z Normal Pulled Pod default/web: a (2 times)",
      "- events 2026-01-01T13:00:00Z Normal Pulled Pod default/web: c",
    ]);
  });

  it("tells an API that does not answer once, and gives its events when it is back", async () => {
    let look = 0;
    logs.onLook = () => {
      look += 1;
      logs.events = look < 3 ? "connection refused" : [event("a", "2026-01-01T10:00:00Z", "back")];
    };
    await follow({ sources: ["events"] }, { lines: 1 });
    expect(logs.world.warnings).toEqual(["events: connection refused"]);
    expect(lines).toHaveLength(1);
  });

  it("goes on with the others when a node is off or lost", async () => {
    logs.off.add("minion2");
    logs.lost.set("minion1", new AlpineK8sError("node", "minion1: the connection to 10.250.250.10:22 was lost: reset"));
    expect(await follow({ sources: ["kubelet"] }, { lines: 3 })).toBe(ENOUGH);
    expect(lines.every((line) => line.startsWith("master1 "))).toBe(true);
  });

  it("ends with what was lost when nothing is left", async () => {
    for (const name of ["master1", "minion1", "minion2"]) logs.off.add(name);
    expect(await follow({ sources: ["kubelet"] }, {})).toMatchObject({
      kind: "node",
      message: [
        "there is nothing left to follow:",
        ...["master1", "minion1", "minion2"].map((name) => `${name}: its machine is off (halted)`),
      ].join("\n  "),
    });
    expect(logs.world.warnings).toHaveLength(3);
  });

  it("ends also when the API is down besides: nothing would ever come", async () => {
    for (const name of ["master1", "minion1", "minion2"]) logs.off.add(name);
    logs.events = "connection refused";
    expect(await follow({ sources: ["kubelet", "events"] }, { looks: 20 })).toMatchObject({
      kind: "node",
      message: expect.stringContaining("events: connection refused") as string,
    });
  });
});
