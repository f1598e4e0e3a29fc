import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { observeNode, type Observation } from "../../src/alpine/node-commands.js";
import type { RemoteHost } from "../../src/remote/remote-host.js";

const ASKED = 1_800_000_000;

/** Observes a node that answers after four seconds and ends the command three seconds later. */
function observe(facts: readonly string[]): Promise<Observation> {
  const host = {
    name: "minion1",
    run: ({ onLine }: Parameters<RemoteHost["run"]>[0]) => {
      vi.setSystemTime((ASKED + 4.25) * 1000);
      for (const line of facts) onLine?.(line, "stdout");
      vi.setSystemTime((ASKED + 7) * 1000);
      return Promise.resolve({ exitCode: 0, stdout: ["fact state clean", ...facts].join("\n"), stderr: "" });
    },
  } as unknown as RemoteHost;
  return observeNode(host, "", {});
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: ASKED * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a clock that is read through a slow connection", () => {
  it.each([
    ["may be right", ASKED + 2, 0],
    ["is ahead by what no delay explains", ASKED + 10, 5.75],
    ["is behind by what no delay explains", ASKED - 3, -2],
  ])("%s", async (_, clock, offset) => {
    expect((await observe([`fact clock ${clock}`])).clockOffset).toBe(offset);
  });
});

describe("the right time for a node", () => {
  it("is told with the node's uptime at that moment", async () => {
    const { clockReference } = await observe(["fact uptime 123.45", `fact clock ${ASKED}`]);
    expect(clockReference.epoch).toBe(ASKED + 5);
    expect(clockReference.uptime).toBeCloseTo(124.2, 5);
  });

  it("is the moment of the answer for a script that tells no uptime", async () => {
    expect((await observe([`fact clock ${ASKED}`])).clockReference).toEqual({ epoch: ASKED + 5, uptime: undefined });
  });
});
