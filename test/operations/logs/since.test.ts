import { describe, expect, it } from "vitest";
import { lineTime, parseSince, sinceFilter } from "../../../src/operations/logs/since.js";

const NOW = new Date("2026-03-01T12:00:00Z");

describe("--since", () => {
  it.each([
    ["90s", "2026-03-01T11:58:30.000Z"],
    ["10m", "2026-03-01T11:50:00.000Z"],
    ["2h", "2026-03-01T10:00:00.000Z"],
    ["1d", "2026-02-28T12:00:00.000Z"],
    ["2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.000Z"],
    ["2026-01-31T12:00Z", "2026-01-31T12:00:00.000Z"],
  ])("takes %s", (text, expected) => {
    expect(parseSince(text, NOW).toISOString()).toBe(expected);
  });

  it.each(["", "10", "10w", "-5m", "1h30m", "yesterday", "2026-01-31", "2026-01-31T12:00:00", "2026-99-31T12:00Z"])(
    "refuses %j with what it takes",
    (text) => {
      expect(() => parseSince(text, NOW)).toThrow(
        expect.objectContaining({
          kind: "usage",
          message: `--since ${text} is neither a time span nor a date with a time zone`,
          hints: ["--since 10m  (s, m, h or d)", "--since 2026-01-31T12:00:00Z"],
        }),
      );
    },
  );
});

describe("the time of a line", () => {
  it.each([
    ["I0301 11:59:30.123456    1234 kubelet.go:1] x", "2026-03-01T11:59:30.123Z"],
    ["E1231 23:00:00.000000    1234 kubelet.go:1] last year", "2025-12-31T23:00:00.000Z"],
    ['time="2026-03-01T11:00:00.123456789Z" level=info msg="x"', "2026-03-01T11:00:00.123Z"],
    ["2026-03-01T11:00:00.000Z out: x", "2026-03-01T11:00:00.000Z"],
    ["2026-03-01T11:00:00+01:00 Normal Pulled", "2026-03-01T10:00:00.000Z"],
    ['{"ts":1772362800000.12,"caller":"x"}', "2026-03-01T11:00:00.000Z"],
    ['{"level":"info","time":"2026-03-01T11:00:00Z"}', "2026-03-01T11:00:00.000Z"],
  ])("%s", (line, expected) => {
    expect(new Date(lineTime(line, NOW) ?? 0).toISOString()).toBe(expected);
  });

  it.each(["goroutine 1 [running]:", "", "I9999 99:99:99.000000 1 x", 'msg="at 2026-03-01T11:00:00Z"'])(
    "is not told by %j",
    (line) => {
      expect(lineTime(line, NOW)).toBeUndefined();
    },
  );
});

it("lines that do not tell their time go with the one before", () => {
  const keep = sinceFilter(new Date("2026-03-01T11:30:00Z"), () => NOW);
  const lines = ["cut", "I0301 11:00:00.000000 old", "old trace", "I0301 11:40:00.000000 new", "new trace"];
  expect(lines.filter(keep)).toEqual(["I0301 11:40:00.000000 new", "new trace"]);
  expect(lines.filter(sinceFilter(undefined))).toEqual(lines);
});

it("a line is young however long it is after the begin: followers run for days, also past New Year", () => {
  let now = new Date("2026-12-30T12:00:00Z");
  const keep = sinceFilter(new Date("2026-12-30T11:50:00Z"), () => now);
  const kept = (time: string, line: string): boolean => {
    now = new Date(time);
    return keep(line);
  };
  expect(kept("2026-12-30T12:00:00Z", "I1230 11:40:00.000000 old")).toBe(false);
  expect(kept("2026-12-30T12:00:01Z", "I1230 12:00:00.000000 young")).toBe(true);
  expect(kept("2026-12-31T18:00:00Z", "I1231 17:59:59.000000 30 hours")).toBe(true);
  expect(kept("2027-01-02T01:00:00Z", "E0102 00:59:59.000000 61 hours")).toBe(true);
  expect(kept("2027-03-01T00:00:00Z", "W0228 23:59:59.000000 two months")).toBe(true);
});
