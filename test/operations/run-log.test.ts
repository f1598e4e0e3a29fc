import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openRunLog } from "../../src/engine/run-log.js";

let logs: string;
beforeEach(() => {
  logs = join(mkdtempSync(join(tmpdir(), "alpine-k8s-log-")), "logs");
});

describe("a run's log", () => {
  it("leaves nothing behind until something is changed, then holds every line, for its owner only", () => {
    const log = openRunLog(logs, "up", new Date("2026-01-02T03:04:05.678Z"));
    log.write("master1", "one");
    expect([log.isPersisted(), existsSync(logs)]).toEqual([false, false]);
    log.persist();
    log.persist();
    log.write("master1", "two");
    expect(log.folder).toBe(join(logs, "2026-01-02T03-04-05-678Z-up"));
    const file = join(log.folder, "master1.log");
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ""))).toEqual(["one", "two", ""]);
    expect([statSync(file).mode & 0o777, statSync(log.folder).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it("holds nothing of a node's that acts on a screen when the log is read", () => {
    const log = openRunLog(logs, "up");
    log.persist();
    log.write("master1", "out: \u001b[2Jdone\u202e");
    expect(readFileSync(join(log.folder, "master1.log"), "utf8")).toMatch(/Z out: \[2Jdone\n$/);
  });

  it("that cannot be written stops nothing", () => {
    const log = openRunLog(logs, "up");
    log.persist();
    mkdirSync(join(log.folder, "master1.log"));
    log.write("master1", "lost");
    log.write("minion1", "kept");
    expect(readdirSync(join(log.folder, "master1.log"))).toEqual([]);
    expect(readFileSync(join(log.folder, "minion1.log"), "utf8")).toMatch(/ kept\n$/);
  });
});
