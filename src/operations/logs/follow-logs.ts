import { followNodeLog, NODE_LOGS } from "../../alpine/node-logs.js";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import type { KubeApi } from "../../kube/kube-api.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import { eventLines, eventsApi, type EventLine } from "./events.js";
import { nodeProblem, withLogs, type LogsContext, type LogSource } from "./logs-context.js";
import { DEFAULT_LINES, DEFAULT_LINES_SINCE, type LogQuery } from "./read-logs.js";
import { lineScrubber } from "./scrub.js";
import { parseSince, sinceFilter } from "./since.js";
import type { RunInput } from "../../engine/run-input.js";

/** Milliseconds between two requests for the events. */
const EVENTS_EVERY = 2_000;

/** What can be followed; our own run logs belong to past runs. */
const FOLLOWED: readonly LogSource[] = [...NODE_LOGS, "events"];

export interface FollowedLine {
  /** Short name; null for events of the whole cluster. */
  readonly node: string | null;
  readonly source: LogSource;
  readonly text: string;
}

interface FollowInput extends RunInput, LogQuery {
  readonly onLine: (line: FollowedLine) => void;
}

/**
 * Calls `onLine` with the last lines of the logs asked for and all that follow, as they come, secrets removed, until
 * the signal aborts: then it throws the signal's reason. A lost node is a warning, and the others go on; throws `node`
 * when nothing is left to follow. Keeps no lines in memory.
 */
export async function followLogs(input: FollowInput): Promise<never> {
  const since = input.since === undefined ? undefined : parseSince(input.since);
  const lines = input.lines ?? (since === undefined ? DEFAULT_LINES : DEFAULT_LINES_SINCE);
  if (!input.sources.some((source) => FOLLOWED.includes(source))) throw isOver();
  return withLogs(input, input.node, (open) => followAll(open, { ...input, lines, since }));
}

type Following = Omit<FollowInput, "lines" | "since"> & { readonly lines: number; readonly since: Date | undefined };

async function followAll(open: LogsContext, input: Following): Promise<never> {
  const { progress, signal, sources, lines } = input;
  const emitter = (node: string | null, source: LogSource): ((line: string) => void) => {
    const [scrub, isYoung] = [lineScrubber(open.secrets), sinceFilter(input.since)];
    return (line) => {
      const text = scrub(line);
      if (isYoung(text)) input.onLine({ node, source, text });
    };
  };
  const problems: string[] = [];
  const tell = (problem: string): void => {
    problems.push(problem);
    if (!signal.aborted) progress.warn(problem);
  };
  const wanted = NODE_LOGS.filter((log) => sources.includes(log));
  const left = new Set(open.nodes);
  const isAlone = (): boolean => wanted.length > 0 && left.size === 0;
  const onNode = async (node: PlannedNode): Promise<void> => {
    try {
      const { host } = await open.reach(node);
      await Promise.all(
        wanted.map((log) => followNodeLog(host, log, { lines, signal, onLine: emitter(node.name, log) })),
      );
    } catch (error) {
      tell(nodeProblem(node, error));
    } finally {
      left.delete(node);
    }
  };
  const logs = wanted.length > 0 ? open.nodes.map(onNode) : [];
  const only = input.node === undefined ? undefined : open.nodes[0];
  const events = sources.includes("events")
    ? [followEvents(open, only, lines, emitter(only?.name ?? null, "events"), tell, isAlone)]
    : [];
  await Promise.all([...logs, ...events]);
  signal.throwIfAborted();
  throw new AlpineK8sError("node", ["there is nothing left to follow:", ...problems].join("\n  "), {
    hints: ["alpine-k8s status"],
  });
}

function isOver(): AlpineK8sError {
  return new AlpineK8sError("usage", "--follow: run logs belong to finished runs, so they do not grow", {
    hints: ["alpine-k8s logs --source run", "alpine-k8s logs --follow"],
  });
}

/**
 * Polls the events. An API that does not answer is reported once and asked again, as long as nodes are followed too or
 * only events were asked for.
 */
async function followEvents(
  open: LogsContext,
  only: PlannedNode | undefined,
  lines: number,
  emit: (line: string) => void,
  tell: (problem: string) => void,
  isAlone: () => boolean,
): Promise<void> {
  const { context, reachMaster } = open;
  const { signal, tools } = context;
  let kube: KubeApi | undefined;
  let known: ReadonlyMap<string, string> | undefined;
  let wasDown = false;
  while (!signal.aborted) {
    try {
      const master = kube === undefined ? await reachMaster() : undefined;
      kube ??= await eventsApi(context, master?.host);
      const events = await eventLines(kube, only, signal);
      const fresh =
        known === undefined ? lastOf(events, lines) : events.filter((one) => known?.get(one.id) !== one.version);
      for (const event of fresh) emit(event.text);
      // Only the present ones: the API forgets events after an hour, and so do we.
      known = new Map(events.map((event) => [event.id, event.version]));
      wasDown = false;
    } catch (error) {
      kube?.close();
      kube = undefined;
      if (!wasDown) tell(`events: ${messageOf(error)}`);
      wasDown = true;
      if (isAlone()) return;
    }
    await tools.clock.sleep(EVENTS_EVERY, signal).catch(() => undefined);
  }
  kube?.close();
}

function lastOf(events: readonly EventLine[], lines: number): readonly EventLine[] {
  return lines === 0 ? [] : events.slice(-lines);
}
