import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Progress } from "../../src/base/progress.js";
import { plainProgress, seconds } from "../../src/cli/progress/plain.js";
import { terminalProgress } from "../../src/cli/progress/terminal.js";
import { Screen } from "./screen.js";

/** One of every kind of progress, as a run reports it. */
function tellAll(progress: Progress): void {
  progress.stepStarted("Start machines");
  progress.node("master1", "booting");
  progress.node("minion10", "booting");
  progress.node("master1", "ready");
  progress.node("master1", "ready");
  progress.waiting("minion10 is not ready");
  progress.waiting(undefined);
  progress.warn("the box is old");
  progress.detail("a detail");
  progress.stepDone("Start machines", 61_250);
  progress.stepSkipped("Apply the network", "it is there");
  progress.stepStarted("Join the minions");
  progress.stepFailed("Join the minions", 40);
  progress.info("done");
}

describe("progress in a pipe", () => {
  const linesOf = (verbose: boolean): string[] => {
    const written: string[] = [];
    tellAll(plainProgress((text) => written.push(text), { verbose }));
    return written;
  };

  it("is one whole line for each thing told, in order", () => {
    expect(linesOf(false)).toEqual([
      "-> Start machines\n",
      "   master1: booting\n",
      "   minion10: booting\n",
      "   master1: ready\n",
      "   waiting: minion10 is not ready\n",
      "warning: the box is old\n",
      "ok Start machines (61.3 s)\n",
      "ok Apply the network: nothing to do, it is there\n",
      "-> Join the minions\n",
      "failed Join the minions (0.0 s)\n",
      "done\n",
    ]);
  });

  it("has details only when verbose, and never an escape code", () => {
    expect(linesOf(true)).toContain("   a detail\n");
    expect(linesOf(false).join("")).not.toContain("a detail");
    expect(linesOf(true).join("")).not.toContain("\u001b");
  });

  it("lets through nothing that acts on a screen", () => {
    const written: string[] = [];
    const progress = plainProgress((text) => written.push(text), { verbose: true });
    progress.node("master1", "said \u001b[2J\u202ex");
    progress.detail("\u001b]0;title\u0007");
    expect(written).toEqual(["   master1: said [2Jx\n", "   ]0;title\n"]);
  });

  it.each([
    [0, "0.0 s"],
    [1249, "1.2 s"],
    [3_600_000, "3600.0 s"],
  ])("writes %d ms as %s", (milliseconds, text) => expect(seconds(milliseconds)).toBe(text));
});

describe("progress on a terminal", () => {
  let stop: () => void = () => undefined;
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  function start(screen: Screen, verbose = false): Progress & { stop(): void } {
    const progress = terminalProgress(screen, { verbose });
    stop = () => progress.stop();
    return progress;
  }

  it("shows the running step and what each node does now, in columns", () => {
    const screen = new Screen(60, 24);
    const progress = start(screen);
    progress.stepStarted("Start machines");
    progress.node("master1", "booting");
    progress.node("minion10", "booting");
    progress.node("master1", "ready");
    expect(screen.text).toBe("⠋ Start machines (0 s)\n    master1   ready\n    minion10  booting");
  });

  it("shows what the running step waits for, until it waits for nothing or ends; verbose keeps each reason", () => {
    const screen = new Screen(60, 24);
    const progress = start(screen);
    progress.stepStarted("Wait");
    progress.waiting("nodes-ready: minion1 is not ready");
    progress.node("master1", "ready");
    expect(screen.text).toBe("⠋ Wait (0 s)\n    waiting: nodes-ready: minion1 is not ready\n    master1  ready");
    progress.waiting(undefined);
    expect(screen.text).toBe("⠋ Wait (0 s)\n    master1  ready");
    progress.waiting("the API");
    progress.stepDone("Wait", 0);
    progress.stepStarted("Write");
    expect(screen.text).toBe("✓ Wait 0.0 s\n⠋ Write (0 s)\n    master1  ready");
    stop();
    const loud = new Screen(60, 24);
    const verbose = start(loud, true);
    verbose.stepStarted("Wait");
    verbose.waiting("the API\u001b[2J");
    verbose.stepDone("Wait", 0);
    expect(loud.text).toBe("    waiting: the API[2J\n✓ Wait 0.0 s");
  });

  it("redraws the live part in place as time goes on", () => {
    const screen = new Screen(60, 24);
    start(screen).stepStarted("Start machines");
    vi.advanceTimersByTime(3_000);
    expect(screen.text).toMatch(/^[^⠋] Start machines \(3 s\)$/);
    expect(screen.written.length).toBeGreaterThan(20);
  });

  it("keeps finished steps and warnings as lines above the live part", () => {
    const screen = new Screen(60, 24);
    const progress = start(screen);
    tellAll(progress);
    progress.stepStarted("Write admin.config");
    expect(screen.text.split("\n").slice(0, 6)).toEqual([
      "! the box is old",
      "✓ Start machines 61.3 s",
      "✓ Apply the network nothing to do: it is there",
      "✗ Join the minions 0.0 s",
      "  done",
      "⠋ Write admin.config (0 s)",
    ]);
  });

  it("has details only when verbose", () => {
    const [quiet, loud] = [new Screen(60, 24), new Screen(60, 24)];
    tellAll(start(quiet));
    stop();
    tellAll(start(loud, true));
    expect(quiet.text).not.toContain("a detail");
    expect(loud.text).toContain("\n    a detail\n");
  });

  it("hides the cursor while a step runs, not before, when something may be asked; stop shows it, takes the live part away and ends the redrawing", () => {
    const screen = new Screen(60, 24);
    const progress = start(screen);
    expect(screen.isCursorShown).toBe(true);
    progress.stepStarted("Render files");
    expect(screen.isCursorShown).toBe(false);
    progress.stepDone("Render files", 100);
    progress.stepStarted("Start machines");
    progress.stop();
    expect({ text: screen.text, cursor: screen.isCursorShown }).toEqual({ text: "✓ Render files 0.1 s", cursor: true });
    const count = screen.written.length;
    vi.advanceTimersByTime(1_000);
    expect(screen.written).toHaveLength(count);
  });

  it("cuts live lines to the width, so that none wraps", () => {
    const screen = new Screen(20, 24);
    const progress = start(screen);
    progress.stepStarted("Start and prepare all the machines");
    progress.node("master1", "is waiting for something long");
    expect(screen.text).toBe("⠋ Start and prepar…\n    master1  is wa…");
  });

  it("shows no more live lines than the terminal has rows, and says how many are missing", () => {
    const screen = new Screen(60, 5);
    const progress = start(screen);
    progress.stepStarted("Start machines");
    for (let index = 1; index <= 9; index += 1) progress.node(`minion${index}`, "booting");
    const lines = screen.text.split("\n");
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toBe("    and 7 more");
  });

  it("takes 80 by 24 where the terminal does not tell its size", () => {
    const screen = new Screen(0, 0);
    start(screen).stepStarted("x".repeat(100));
    expect(screen.text).toHaveLength(79);
  });

  it("lets no control character of a node reach the terminal", () => {
    const screen = new Screen(60, 24);
    const progress = start(screen, true);
    progress.stepStarted("Start machines");
    progress.node("master1", "50 %\r\u001b[2Jdone\nnext");
    progress.warn("two\nlines\u001b[31m");
    progress.detail("\u0007bell\u009b");
    expect(screen.text).toBe("! two\nlines[31m\n    bell\n⠋ Start machines (0 s)\n    master1  50 %[2Jdone next");
  });
});
