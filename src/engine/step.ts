import { AlpineK8sError, asKnown, messageOf } from "../base/errors.js";
import type { Progress } from "../base/progress.js";
import { itemId, type Item, type PlannedStep } from "./item.js";
import { NotKnownYet } from "./not-known-yet.js";
import type { RunLog } from "./run-log.js";
import { withinStep } from "./timeline.js";

/** One part of an operation. It says what it would do before it does it. */
export interface Step<Context> {
  /** Stable and in kebab-case: the ids of its items begin with it. */
  readonly id: string;
  readonly title: string;
  /** Told only when it does something: most clusters have nothing of the kind. */
  readonly isQuiet?: true;
  /**
   * Ids of the steps that must have ended well before this one begins; all of them stand ahead of it. Without it that is
   * the step just ahead. Steps that do not wait for each other run side by side.
   */
  readonly after?: readonly string[];
  /**
   * What is to be done, seen from reality; a sentence when that is nothing. A step without items only looks or waits.
   * Changes nothing, on nodes, in the folder or in the cluster; a host key that a run sees for the first time is pinned
   * as soon as it is accepted, and is an item as well. Throws {@link NotKnownYet} for what only the steps before it show.
   */
  readonly plan?: (context: Context) => Promise<string | readonly Item[]>;
  /** Does these items, and nothing else. */
  readonly run: (context: Context, items: readonly Item[]) => Promise<void>;
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
  readonly log?: Pick<RunLog, "persist" | "writeStep" | "writeEvent">;
  /** Names what a step goes on without; `during` is the step's title. */
  readonly report?: { readonly leftBehind: readonly { readonly during: string }[] };
}

/**
 * Runs the steps, each as soon as those that it waits for have ended, by the plan that it has made just before. After the
 * first failure no step begins any more; those that run are waited for, then the failure is thrown with the step's title
 * in front. After an abort no step begins either.
 */
export async function runSteps<Context extends StepsContext>(
  steps: readonly Step<Context>[],
  context: Context,
): Promise<StepTiming[]> {
  const ended = new Map<string, Promise<StepTiming>>();
  let failure: { readonly error: unknown } | undefined;
  const runWhenReady = async (step: Step<Context>, parents: readonly string[]): Promise<StepTiming> => {
    for (const id of parents) await ended.get(id);
    context.signal.throwIfAborted();
    if (failure !== undefined) throw failure.error;
    try {
      return await withinStep(step.id, () => runStep(step, parents, context));
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  };
  for (const [step, parents] of withParents(steps)) ended.set(step.id, runWhenReady(step, parents));
  const outcomes = await Promise.allSettled(ended.values());
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failure === undefined ? failed.reason : failure.error;
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

/** Each step with the ids that it waits for. */
function withParents<Context>(
  steps: readonly Step<Context>[],
): readonly (readonly [Step<Context>, readonly string[]])[] {
  return steps.map((step, index) => {
    const ahead = steps.slice(0, index).map(({ id }) => id);
    const parents = step.after ?? ahead.slice(-1);
    const unknown = parents.find((id) => !ahead.includes(id));
    if (unknown !== undefined) {
      throw new AlpineK8sError("bug", `step ${step.id} waits for ${unknown}, which does not stand ahead of it`);
    }
    return [step, parents];
  });
}

function leftIn({ report }: Pick<StepsContext, "report">, title: string): number {
  return report?.leftBehind.filter(({ during }) => during === title).length ?? 0;
}

/** What is told of a quiet step before it has anything to do. */
const UNTOLD: Pick<Progress, "stepStarted" | "stepSkipped"> = {
  stepStarted: () => undefined,
  stepSkipped: () => undefined,
};

async function runStep<Context extends StepsContext>(
  step: Step<Context>,
  parents: readonly string[],
  context: Context,
): Promise<StepTiming> {
  const { id, title } = step;
  const started = performance.now();
  const began = new Date().toISOString();
  const elapsed = (): number => Math.round(performance.now() - started);
  const left = leftIn(context, title);
  let planned: string | readonly Item[] = [];
  const record = (outcome: "done" | "failed" | "skipped"): void => {
    const items = typeof planned === "string" ? [] : planned.map((item) => itemId(id, item));
    context.log?.writeStep({ step: id, after: parents, outcome, began, ended: new Date().toISOString(), items });
  };
  const early = step.isQuiet === true ? UNTOLD : context.progress;
  early.stepStarted(title);
  context.log?.writeEvent({ kind: "step", step: id, title, after: parents });
  try {
    planned = (await step.plan?.(context)) ?? [];
    if (typeof planned === "string") {
      early.stepSkipped(title, planned);
      record("skipped");
      return { title, milliseconds: elapsed(), skipped: true };
    }
    if (early === UNTOLD) context.progress.stepStarted(title);
    if (planned.length > 0) context.log?.persist();
    await step.run(context, planned);
  } catch (error) {
    context.progress.stepFailed(title, elapsed());
    record("failed");
    context.signal.throwIfAborted();
    throw inStep(title, error);
  }
  const milliseconds = elapsed();
  const isWhole = leftIn(context, title) === left;
  if (isWhole) context.progress.stepDone(title, milliseconds);
  else context.progress.stepFailed(title, milliseconds);
  record(isWhole ? "done" : "failed");
  return { title, milliseconds, skipped: false };
}

/**
 * What a run of the steps would do now; nothing is run. What a step cannot know before those ahead of it are done is an
 * item that may become one or none. Throws what would end the run before it changed anything.
 */
export async function planSteps<Context extends StepsContext>(
  steps: readonly Step<Context>[],
  context: Context,
): Promise<readonly PlannedStep[]> {
  const planned: PlannedStep[] = [];
  for (const step of steps) {
    context.signal.throwIfAborted();
    const { id, title } = step;
    planned.push({ id, title, items: await itemsOf(step, context) });
  }
  return planned;
}

async function itemsOf<Context extends StepsContext>(step: Step<Context>, context: Context): Promise<readonly Item[]> {
  try {
    const planned = (await step.plan?.(context)) ?? [];
    return typeof planned === "string" ? [] : planned;
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof NotKnownYet)) throw inStep(step.title, error);
    const text = `${step.title.toLowerCase()}, ${error.until}`;
    return [{ node: error.node, action: "not-known-yet", text, maybe: true }];
  }
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
