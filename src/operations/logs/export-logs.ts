import { readdir } from "node:fs/promises";
import { arch, release, type } from "node:os";
import { join } from "node:path";
import { LOG_BYTES, NODE_LOGS, readNodeLog } from "../../alpine/node-logs.js";
import { messageOf } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { printable } from "../../base/printable.js";
import { packageTemplates } from "../../templates/package-files.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import { statusOf } from "../status.js";
import type { NodeSession } from "../../engine/node-session.js";
import { writeArchive, type Archive, type ArchiveEntry } from "./archive.js";
import { eventLines, eventsApi } from "./events.js";
import { nodeProblem, withLogs, type LogsContext } from "./logs-context.js";
import { lastLinesOf, runLogFiles, runRecordFiles } from "./run-logs.js";
import { scrubText } from "./scrub.js";
import type { RunInput } from "../../engine/run-input.js";

/** Lines of each log. */
const LINES = 5_000;
const RUNS = 10;
const RUN_LOG_BYTES = 1024 * 1024;
/** The archive's one folder. */
const TOP = "alpine-k8s-report";

/** What was packed; the shape of `logs --export FILE -o json`. */
export interface ExportSummary {
  readonly cluster: string;
  readonly file: string;
  /** Size of the archive. */
  readonly bytes: number;
  readonly entries: readonly ArchiveEntry[];
  /** What could not be collected, and why. */
  readonly problems: readonly string[];
}

export interface ExportInput extends RunInput {
  /** Name of one node; all nodes without. */
  readonly node: string | undefined;
  /** Absolute path of the archive. */
  readonly file: string;
  /** Replace the file when it exists. */
  readonly force: boolean;
}

/**
 * Packs what a bug report needs into one .tar.gz of mode 0600, secrets removed: versions, spec, identity, status,
 * facts, kubeadm configurations, logs, events. What cannot be collected is listed in the result and in the archive.
 * Changes nothing else.
 */
export async function exportLogs(input: ExportInput): Promise<ExportSummary> {
  const { file, force, node } = input;
  return withLogs(input, node, async (open) => {
    const modified = new Date();
    const report = new Report(open, modified);
    const written = await writeArchive(file, { force, modified }, (archive) => report.fill(archive));
    return { cluster: open.context.identity.name, file, ...written, problems: report.problems };
  });
}

class Report {
  readonly problems: string[] = [];

  constructor(
    private readonly open: LogsContext,
    private readonly made: Date,
  ) {}

  async fill(archive: Archive): Promise<void> {
    const { context, nodes } = this.open;
    const add = (name: string, text: string): Promise<void> => {
      context.signal.throwIfAborted();
      return archive.add(`${TOP}/${name}`, scrubText(printable(text), this.open.secrets));
    };
    await this.#folder(add);
    context.progress.info("asking the nodes for their facts");
    const sessions = await context.fleet.observe();
    const status = await this.#had("status", () => statusOf(context, sessions));
    if (status !== undefined) await add("status.json", json(status));
    for (const node of nodes) {
      context.progress.node(node.name, "reading its logs");
      await this.#node(node, sessions[context.topology.nodes.indexOf(node)], add);
    }
    const events = await this.#had("events", () => this.#events());
    if (events !== undefined) await add("events.log", events);
    // Last, because it lists what could not be collected.
    await add("about.txt", await this.#about());
  }

  async #folder(add: Add): Promise<void> {
    const { paths } = this.open.context;
    for (const [name, path] of [
      ["alpine-k8s.yaml", paths.spec],
      ["identity.yaml", paths.identity],
      ["timings", paths.timings],
    ] as const) {
      const text = await this.#had(name, () => readIfExists(path));
      if (text !== undefined) await add(name, text);
    }
    for (const name of (await readdir(paths.kubeadmConfigs).catch(() => [])).sort()) {
      const text = await this.#had(`kubeadm/${name}`, () => readIfExists(join(paths.kubeadmConfigs, name)));
      if (text !== undefined) await add(`kubeadm/${name}`, text);
    }
    for (const { run, node, path } of await runLogFiles(paths.logs, RUNS)) {
      const lines = await this.#had(`run-logs/${run}/${node}.log`, () => lastLinesOf(path, Infinity, RUN_LOG_BYTES));
      if (lines !== undefined) await add(`run-logs/${run}/${node}.log`, text(lines));
    }
    for (const [run, name] of await runRecordFiles(paths.logs, RUNS)) {
      const file = join(paths.logs, run, name);
      const lines = await this.#had(`run-logs/${run}/${name}`, () => lastLinesOf(file, Infinity, RUN_LOG_BYTES));
      if (lines !== undefined) await add(`run-logs/${run}/${name}`, text(lines));
    }
  }

  async #node(node: PlannedNode, session: NodeSession | undefined, add: Add): Promise<void> {
    const { context, reach } = this.open;
    const folder = `nodes/${node.name}`;
    if (session) {
      const { facts, clockOffset } = session;
      await add(`${folder}/facts.json`, json({ ...facts, clockOffset }));
    } else this.problems.push(`${node.name}: its facts: it does not answer, or shared.sh does not run there`);
    try {
      const { host } = await reach(node);
      for (const log of NODE_LOGS) {
        const read = await readNodeLog(host, log, LINES, context.signal);
        if ("lines" in read) await add(`${folder}/${log}.log`, text(read.lines));
        else this.problems.push(`${node.name}: there is no ${read.absent}`);
      }
    } catch (error) {
      context.signal.throwIfAborted();
      this.problems.push(nodeProblem(node, error));
    }
  }

  async #events(): Promise<string> {
    const { context, reachMaster } = this.open;
    const master = await reachMaster();
    const kube = await eventsApi(context, master?.host);
    try {
      return text((await eventLines(kube, undefined, context.signal)).map((event) => event.text));
    } finally {
      kube.close();
    }
  }

  async #about(): Promise<string> {
    const { identity, machines } = this.open.context;
    const version = await this.#had("version of the provider", async () => machines.version?.());
    return text([
      `alpine-k8s ${packageTemplates().version}, Node.js ${process.version}, ${type()} ${release()} ${arch()}`,
      `${version ?? `provider ${identity.provider}`}, Kubernetes ${identity.kubernetesVersion}`,
      `made ${this.made.toISOString()}; at most the last ${LINES} lines and ${LOG_BYTES / 1024 / 1024} MiB of each log`,
      "",
      ...(this.problems.length === 0 ? ["Everything was collected."] : ["Could not be collected:", ...this.problems]),
    ]);
  }

  /** The result of `get`; its failure becomes a problem, unless the user ended the run. */
  async #had<T>(what: string, get: () => Promise<T>): Promise<T | undefined> {
    try {
      return await get();
    } catch (error) {
      this.open.context.signal.throwIfAborted();
      this.problems.push(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  }
}

type Add = (name: string, text: string) => Promise<void>;

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
