import type { Progress } from "../base/progress.js";
import { scriptParts } from "./script-parts.js";
import type { RunLog } from "./run-log.js";

/** Milliseconds after which a node that still does the same tells the last line of it. */
const LONG = 10_000;
/** The head of a line of klog, the log of Kubernetes' programs: level, date, time, thread, place in the source. */
const KLOG_HEAD = /^[IWEF]\d{4} \S+ +\d+ \S+\] /;

interface Doing {
  readonly progress: Progress;
  readonly log: RunLog;
  readonly name: string;
  /** `kubeadm init`. */
  readonly activity: string;
}

/**
 * Does work on a node that prints lines: `work` gets what to call with each. Every line is a detail; when the work takes
 * long, the node's progress line shows the last one, such as the image that kubeadm pulls, every ten seconds. The run's
 * timeline has the work, with what the lines say that it waits for.
 */
export async function tellLines<T>(
  { progress, log, name, activity }: Doing,
  work: (onLine: (line: string) => void) => Promise<T>,
): Promise<T> {
  let last: string | undefined;
  const parts = scriptParts(log, name, activity);
  progress.node(name, activity);
  const timer = setInterval(() => {
    if (last !== undefined) progress.node(name, `${activity}: ${last}`);
  }, LONG);
  timer.unref();
  try {
    const done = await work((line) => {
      progress.detail(`${name}: ${line}`);
      const words = wordsOf(line);
      if (words === undefined) return;
      last = words;
      parts.said(words);
    });
    parts.end();
    return done;
  } catch (error) {
    parts.end(true);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** A line as people read it; nothing for blank ones and those of the scripts' own form. */
function wordsOf(line: string): string | undefined {
  if (/^(condition|fact|@alpine-k8s) /.test(line)) return undefined;
  const words = line.replace(KLOG_HEAD, "").trim();
  return words === "" ? undefined : words.slice(0, 200);
}
