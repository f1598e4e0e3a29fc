import { PassThrough } from "node:stream";
import type * as readline from "node:readline/promises";
import { createInterface } from "node:readline/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ask } from "../../src/cli/ask.js";

vi.mock("node:readline/promises");

const { isTTY } = process.stdin;
const YES = "alpine-k8s destroy --yes";
afterEach(() => {
  process.stdin.isTTY = isTTY;
});

function answering(answer: string): { question: ReturnType<typeof vi.fn>; close: ReturnType<typeof vi.fn> } {
  process.stdin.isTTY = true;
  const prompt = { question: vi.fn().mockResolvedValue(answer), close: vi.fn(), once: vi.fn() };
  vi.mocked(createInterface).mockReturnValue(prompt as never);
  return prompt;
}

describe("a question", () => {
  it.each([
    ["y", true],
    [" YES ", true],
    ["", false],
    ["n", false],
    ["yesterday", false],
  ])("answered with %j means %s", async (answer, expected) => {
    const prompt = answering(answer);
    expect(await ask("Destroy all?", YES)).toBe(expected);
    expect(prompt.question).toHaveBeenCalledWith("Destroy all? [y/N] ", expect.anything());
    expect(prompt.close).toHaveBeenCalled();
  });

  it("is asked on standard error, which leaves standard output to the result", async () => {
    answering("y");
    await ask("Destroy all?", YES);
    expect(vi.mocked(createInterface).mock.lastCall?.[0]).toMatchObject({ output: process.stderr });
  });

  it("without a terminal is not asked: refused with the command that does not ask", async () => {
    answering("y");
    process.stdin.isTTY = false;
    vi.mocked(createInterface).mockClear();
    await expect(ask("Destroy all?", YES)).rejects.toMatchObject({
      kind: "declined",
      message: 'nothing was changed: nobody can answer "Destroy all?", as standard input is no terminal',
      hints: [YES],
    });
    expect(createInterface).not.toHaveBeenCalled();
  });

  it.each([
    ["\u0003", "interrupted"],
    ["\u0004", false],
  ])("answered with the key %j ends as %s, and not as a fault of the program", async (key, expected) => {
    const real = await vi.importActual<typeof readline>("node:readline/promises");
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
    const output = Object.assign(new PassThrough(), { columns: 80 });
    process.stdin.isTTY = true;
    vi.mocked(createInterface).mockReturnValue(real.createInterface({ input, output, terminal: true }));
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const answer = ask("Destroy all?", YES).catch((error: unknown) => (error as { kind: string }).kind);
    input.write(key);
    expect(await answer).toBe(expected);
    expect(input.listenerCount("keypress")).toBe(0);
  });
});
