import { NODE_LOGS, LOG_BYTES, readNodeLog, type NodeLog } from "../../alpine/node-logs.js";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import { eventLines, eventsApi } from "./events.js";
import { nodeProblem, withLogs, type LogsContext, type LogSource } from "./logs-context.js";
import { lastLinesOf, runLogFiles } from "./run-logs.js";
import { scrubText } from "./scrub.js";
import { lineTime, parseSince, sinceFilter } from "./since.js";
import type { RunInput } from "../../engine/run-input.js";

/** Lines of each log by default; more with `--since`, which limits them itself. */
export const DEFAULT_LINES = 100;
export const DEFAULT_LINES_SINCE = 10_000;

/** Nodes that are read at the same time: bounds what is held in memory. */
const NODES_AT_ONCE = 8;

export interface LogQuery {
  /** Short or full name of one node; all nodes without. */
  readonly node: string | undefined;
  readonly sources: readonly LogSource[];
  /** Lines of each log. */
  readonly lines: number | undefined;
  /** As the user typed it. */
  readonly since: string | undefined;
}

/** The last lines of one log, secrets removed. */
export interface LogPart {
  /** Short name; null for what belongs to no node. */
  readonly node: string | null;
  readonly source: LogSource;
  readonly lines: readonly string[];
}

/** The shape of `logs -o json`, where `logs` holds the parts. */
export interface LogsSummary {
  readonly cluster: string;
  /** What could not be read, and why; the rest was. */
  readonly problems: readonly string[];
}

/**
 * Reads the last lines of the logs asked for and passes them to `onPart`: node by node, in the topology's order, then
 * what belongs to no node. Changes nothing. What cannot be read is listed in `problems`; throws `node` when nothing at
 * all can be read.
 */
export async function readLogs(
  input: RunInput & LogQuery & { readonly onPart: (part: LogPart) => void },
): Promise<LogsSummary> {
  const since = input.since === undefined ? undefined : parseSince(input.since);
  const lines = input.lines ?? (since === undefined ? DEFAULT_LINES : DEFAULT_LINES_SINCE);
  return withLogs(input, input.node, async (open) => {
    const reader = new Reader(open, input.sources, lines, since);
    for (let first = 0; first < open.nodes.length; first += NODES_AT_ONCE) {
      const some = open.nodes.slice(first, first + NODES_AT_ONCE);
      const parts = await Promise.all(some.map((node) => reader.ofNode(node)));
      parts.flat().forEach(input.onPart);
    }
    for (const part of await reader.ofNone(input.node === undefined ? undefined : open.nodes[0])) input.onPart(part);
    input.signal.throwIfAborted();
    if (reader.read === 0 && reader.problems.length > 0) throw nothingRead(reader.problems);
    return { cluster: open.context.identity.name, problems: reader.problems };
  });
}

function nothingRead(problems: readonly string[]): AlpineK8sError {
  return new AlpineK8sError("node", ["no log could be read:", ...problems].join("\n  "), {
    hints: ["alpine-k8s status", "alpine-k8s up"],
  });
}

class Reader {
  readonly problems: string[] = [];
  read = 0;

  constructor(
    private readonly open: LogsContext,
    private readonly sources: readonly LogSource[],
    private readonly lines: number,
    private readonly since: Date | undefined,
  ) {}

  /** The parts of one node: the logs on it, and our own log of the last run that wrote about it. */
  async ofNode(node: PlannedNode): Promise<LogPart[]> {
    const wanted = NODE_LOGS.filter((log) => this.sources.includes(log));
    const parts = wanted.length === 0 ? [] : await this.#onNode(node, wanted);
    return [...parts, ...(await this.#ofRun(node.name))];
  }

  /** What belongs to no node: Vagrant's output and events. */
  async ofNone(only: PlannedNode | undefined): Promise<LogPart[]> {
    const vagrant = only === undefined ? await this.#ofRun("vagrant") : [];
    return [...vagrant, ...(this.sources.includes("events") ? await this.#events(only) : [])];
  }

  async #onNode(node: PlannedNode, wanted: readonly NodeLog[]): Promise<LogPart[]> {
    const { context, reach } = this.open;
    try {
      const { host } = await reach(node);
      const logs = await Promise.all(wanted.map((log) => readNodeLog(host, log, this.lines, context.signal)));
      return logs.flatMap((log, index) => {
        if ("lines" in log) return this.#part(node.name, wanted[index] ?? "kubelet", log.lines);
        this.problems.push(`${node.name}: there is no ${log.absent}`);
        return [];
      });
    } catch (error) {
      context.signal.throwIfAborted();
      this.problems.push(nodeProblem(node, error));
      return [];
    }
  }

  async #ofRun(name: string): Promise<LogPart[]> {
    if (!this.sources.includes("run")) return [];
    const [file] = await runLogFiles(this.open.context.paths.logs, 1, name);
    return file === undefined ? [] : [this.#part(name, "run", await lastLinesOf(file.path, this.lines, LOG_BYTES))];
  }

  async #events(only: PlannedNode | undefined): Promise<LogPart[]> {
    const { context, reachMaster } = this.open;
    try {
      const master = await reachMaster();
      const kube = await eventsApi(context, master?.host);
      try {
        const all = await eventLines(kube, only, context.signal);
        const texts = all.map((event) => event.text);
        return [this.#part(only?.name ?? null, "events", this.lines === 0 ? [] : texts.slice(-this.lines))];
      } finally {
        kube.close();
      }
    } catch (error) {
      context.signal.throwIfAborted();
      this.problems.push(`events: ${messageOf(error)}`);
      return [];
    }
  }

  #part(node: string | null, source: LogSource, lines: readonly string[]): LogPart {
    this.read += 1;
    const oldest = lines.map((line) => lineTime(line)).find((time) => time !== undefined);
    if (this.since && lines.length === this.lines && oldest !== undefined && oldest > this.since.getTime()) {
      this.problems.push(`${node ?? source}: only the last ${this.lines} lines of ${source} were read; see --lines`);
    }
    const clean = lines.length === 0 ? [] : scrubText(lines.join("\n"), this.open.secrets).split("\n");
    return { node, source, lines: clean.filter(sinceFilter(this.since)) };
  }
}
