import { describe, expect, it } from "vitest";
import { alpineRelease, dayOf, supportAt, supportText } from "../../src/model/versions/support.js";

const at = (time: string): number => Date.parse(time);

describe("fixes until 2027-02-28", () => {
  it.each([
    ["2026-11-30T00:00:00Z", 90, "ok", "gets fixes until 2027-02-28"],
    ["2026-12-01T00:00:00Z", 89, "soon", "gets fixes for 89 more days, until 2027-02-28"],
    ["2027-01-29T23:59:59Z", 30, "soon", "gets fixes for 30 more days, until 2027-02-28"],
    ["2027-01-30T00:00:00Z", 29, "soon", "gets fixes for only 29 more days, until 2027-02-28"],
    ["2027-02-27T12:00:00Z", 1, "soon", "gets fixes for only 1 more day, until 2027-02-28"],
    ["2027-02-28T23:59:59Z", 0, "soon", "gets fixes for the last day, 2027-02-28"],
    ["2027-03-01T00:00:00Z", -1, "ended", "has had no fixes since 2027-02-28"],
  ])("at %s: %d days", (now, daysLeft, state, text) => {
    const found = supportAt("2027-02-28", at(now));
    expect(found).toEqual({ ends: "2027-02-28", daysLeft, state });
    expect(supportText(found)).toBe(text);
  });

  it("is counted by days in UTC", () => expect(dayOf(at("2026-11-20T23:30:00-02:00"))).toBe("2026-11-21"));
});

it.each([
  ["3.24", "3.24"],
  ["3.24.1", "3.24"],
  ["3.24_alpha20260601", "3.24"],
  ["3.2", undefined],
  ["3.240", undefined],
  ["12.5", undefined],
  ["unknown", undefined],
])("a node with Alpine %s is of the release %s", (os, release) => expect(alpineRelease(os)?.release).toBe(release));
