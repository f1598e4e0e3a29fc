import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { batched } from "../../src/base/batched.js";

/** Answers with the name's length, a moment later; `bad` makes the whole question fail. */
function world() {
  const asked: (readonly string[])[] = [];
  let running = 0;
  let most = 0;
  const ask = async (names: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    asked.push(names);
    most = Math.max(most, (running += 1));
    await sleep(5);
    running -= 1;
    if (names.includes("bad")) throw new Error(`no answer for ${names.join(", ")}`);
    return new Map(names.filter((name) => name !== "unknown").map((name) => [name, name.length]));
  };
  return { asked, one: batched(ask), most: () => most };
}

describe("questions about one name each", () => {
  it("of the same moment are one question, and later ones the next", async () => {
    const { asked, one, most } = world();
    const first = Promise.all([one("a"), one("bb"), one("a"), one("unknown")]);
    await sleep(1);
    const second = Promise.all([one("ccc"), one("dddd")]);
    expect(await first).toEqual([1, 2, 1, undefined]);
    expect(await second).toEqual([3, 4]);
    expect(asked).toEqual([
      ["a", "bb", "unknown"],
      ["ccc", "dddd"],
    ]);
    expect([await one("e"), asked.length, most()]).toEqual([1, 3, 1]);
  });

  it("that fail together are asked alone, one after another: only the bad one fails", async () => {
    const { asked, one, most } = world();
    const outcomes = await Promise.allSettled([one("a"), one("bad"), one("bb")]);
    expect(
      outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : String(outcome.reason))),
    ).toEqual([1, "Error: no answer for bad", 2]);
    expect([asked.length, most()]).toEqual([4, 1]);
  });
});
