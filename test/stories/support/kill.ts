import { expect } from "vitest";
import { startInBench } from "./bench.js";
import { lines, type TestCluster } from "./cluster.js";
import type { Machines } from "./machines.js";
import { waitFor, type Outcome } from "./programs.js";

/** Whether all kill points are tried, not only the day's. */
const IS_LONG = process.env["ALPINE_K8S_LONG"] === "1";

/** A number that changes every day. */
const DAY = Math.floor(Date.now() / 86_400_000);

/**
 * Where in a step a command is killed: this many lines after the line that begins the step, or at the step's end if
 * that comes first. At the beginning, soon after it, while its programs run on the nodes, and late in their work.
 */
const AFTER = [0, 3, 12, 36];

/** A step, and the places in it where a command is killed, one after the other. */
export interface Kills {
  readonly title: string;
  readonly after: readonly number[];
}

/** All items in a long run, else only the one whose turn it is. */
export function inTurn<Item>(all: readonly Item[], turn = DAY): readonly Item[] {
  const at = turn % all.length;
  return IS_LONG ? all : all.slice(at, at + 1);
}

/**
 * All steps with all places in a long run, else one place of one step, a different one each day. `every` is the number
 * of days after which it is the turn of these steps again.
 */
export function killsIn(steps: readonly { readonly title: string }[], every = 1): readonly Kills[] {
  const turn = Math.floor(DAY / every);
  const after = inTurn(AFTER, Math.floor(turn / steps.length));
  return inTurn(steps, turn).map(({ title }) => ({ title, after }));
}

/** The outcome of a command that was killed. */
export interface Killed extends Outcome {
  /** The step was over: later places in it are the same. */
  readonly isOver: boolean;
}

/**
 * Runs alpine-k8s until it kills itself that many lines into the step, and waits until our scripts on its nodes end.
 */
export async function killedIn(
  step: { readonly title: string; readonly after: number },
  { cluster, machines }: { readonly cluster: TestCluster; readonly machines: Machines },
  ...args: readonly string[]
): Promise<Killed> {
  const where = [`KILL_STEP=${step.title}`, `KILL_LINES=${step.after}`];
  const program = ["node", "--import", "./test/stories/support/kill-at.js", "bin/run.js"];
  const words = ["env", ...where, ...program, ...args, "--verbose", "--dir", cluster.folder];
  const outcome = await startInBench(words).done;
  expect(outcome.code).not.toBe(0);
  expect(outcome.stderr).toContain(`-> ${step.title}\n`);
  for (const { name } of machines.logins)
    await waitFor(`nothing of ours runs on ${name}`, async () => (await ours(machines, name)).length === 0, 30_000);
  return { ...outcome, isOver: outcome.stderr.includes(`\nok ${step.title}`) };
}

/** Processes on a node that exist only while one of our scripts runs. */
async function ours(machines: Machines, node: string): Promise<string[]> {
  const { stdout } = await machines.on(node, "ps -o pid,args");
  return lines(stdout).filter((line) =>
    /alpine-k8s-bootstrap|while read -r line|\bkubeadm (init|join|reset)\b/.test(line),
  );
}

/**
 * Runs `act` for each place in the step, until the step is over before the place. Writes a line for each: what it was,
 * how it ended, how long it took.
 */
export async function atEach(
  command: string,
  { title, after }: Kills,
  act: (point: { title: string; after: number }) => Promise<Killed>,
): Promise<void> {
  for (const lines of after) {
    const started = performance.now();
    const tell = (how: string): void => {
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log(`kill | ${command} | ${title} | ${lines} lines on | ${how} | ${seconds} s`);
    };
    try {
      const killed = await act({ title, after: lines });
      tell(killed.isOver ? "passed, at its end" : "passed");
      if (killed.isOver) return;
    } catch (error) {
      tell("FAILED");
      throw error;
    }
  }
}
