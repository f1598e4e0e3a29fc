import { describe, expect, it } from "vitest";
import { shortestPath } from "../../src/operations/up/summary.js";

describe("a path to type", () => {
  it.each([
    ["in the folder itself", "/clusters/demo", "admin.config"],
    ["from the folder above", "/clusters", "demo/admin.config"],
    ["from the folder beside it", "/clusters/other", "../demo/admin.config"],
    ["from far away", "/home/someone/here", "/clusters/demo/admin.config"],
  ])("%s is the shorter of both", (_name, from, path) => {
    expect(shortestPath("/clusters/demo/admin.config", from)).toBe(path);
  });
});
