import { AlpineK8sError, asKnown, messageOf } from "../base/errors.js";
import type { Progress } from "../base/progress.js";

/** One entry of an operation's ordered list. */
export interface Step<Context> {
  readonly title: string;
  /** Why there is nothing to do, judging by what exists; undefined when there is something to do. */
  readonly skip?: (context: Context) => Promise<string | undefined>;
  readonly run: (context: Context) => Promise<void>;
}

/** How long a step took, in milliseconds, and whether it had something to do. */
export interface StepTiming {
  readonly title: string;
  readonly milliseconds: number;
  readonly skipped: boolean;
}

interface StepsContext {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Runs the steps in order. The first failure ends the run; it is rethrown with the step's title in front. An abort
 * between two steps ends the run too.
 */
export async function runSteps<Context extends StepsContext>(
  steps: readonly Step<Context>[],
  context: Context,
): Promise<StepTiming[]> {
  const timings: StepTiming[] = [];
  for (const step of steps) {
    context.signal.throwIfAborted();
    timings.push(await runStep(step, context));
  }
  return timings;
}

async function runStep<Context extends StepsContext>(step: Step<Context>, context: Context): Promise<StepTiming> {
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  context.progress.stepStarted(step.title);
  try {
    const reason = await step.skip?.(context);
    if (reason !== undefined) {
      context.progress.stepSkipped(step.title, reason);
      return { title: step.title, milliseconds: elapsed(), skipped: true };
    }
    await step.run(context);
  } catch (error) {
    context.progress.stepFailed(step.title, elapsed());
    context.signal.throwIfAborted();
    throw inStep(step.title, error);
  }
  const milliseconds = elapsed();
  context.progress.stepDone(step.title, milliseconds);
  return { title: step.title, milliseconds, skipped: false };
}

function inStep(title: string, error: unknown): Error {
  const known = asKnown(error);
  if (!known) return new AlpineK8sError("bug", `${title}: ${messageOf(error)}`, { cause: error });
  return new AlpineK8sError(known.kind, `${title}: ${known.message}`, {
    hints: known.hints,
    ...(known.node === undefined ? {} : { node: known.node }),
    ...(known.logFile === undefined ? {} : { logFile: known.logFile }),
    cause: known.cause,
  });
}
