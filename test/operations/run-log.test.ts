import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
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

  it("that nobody wanted yet keeps the last lines only", () => {
    const log = openRunLog(logs, "up");
    for (let count = 1; count <= 25_000; count += 1) log.write("master1", `line ${count}`);
    log.persist();
    const lines = readFileSync(join(log.folder, "master1.log"), "utf8").trimEnd().split("\n");
    expect(lines.at(-1)).toMatch(/ line 25000$/);
    expect(lines.length).toBeGreaterThanOrEqual(10_000);
    expect(lines.length).toBeLessThanOrEqual(20_000);
  });

  it("whose folder cannot be made stops nothing", () => {
    writeFileSync(logs, "a file where the logs belong");
    const log = openRunLog(logs, "up");
    log.write("master1", "before");
    log.persist();
    log.write("master1", "after");
    expect([log.isPersisted(), readFileSync(logs, "utf8")]).toEqual([true, "a file where the logs belong"]);
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
