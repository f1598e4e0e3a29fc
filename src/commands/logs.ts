import { setMaxListeners } from "node:events";
import { resolve } from "node:path";
import { Args, Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { boundedWriter, exportText, linePrefix, partText } from "../cli/text/logs.js";
import { untilInterrupted } from "../cli/until-interrupted.js";
import type { LogQuery, LogPart } from "../operations/logs/read-logs.js";
import { AlpineK8sError, EXIT_CODES } from "../base/errors.js";

const SOURCES = ["kubelet", "runtime", "run", "events"] as const;

export default class Logs extends BaseCommand {
  static override summary = "Show logs of the nodes, of past runs and of the cluster, or pack them for a bug report.";
  static override description = withExitCodes(
    "kubelet and runtime are read on the nodes, run is what alpine-k8s wrote of its last run that changed something, " +
      "events are the cluster's. Without NODE those of all nodes, with their names in front. What cannot be read is told " +
      "and the rest is shown. --follow goes on until Ctrl-C, which exits 130. --export packs one archive: versions, spec, " +
      "identity, status, facts, kubeadm's configuration, logs and events. Secrets are taken out of all of it.",
  );
  static override examples = [
    "<%= config.bin %> logs",
    { description: "one log as it is", command: "<%= config.bin %> logs minion1 --source kubelet --lines 500" },
    { description: "what comes", command: "<%= config.bin %> logs --follow --source kubelet --source events" },
    { description: "of the last ten minutes", command: "<%= config.bin %> logs --since 10m" },
    { description: "for a bug report", command: "<%= config.bin %> logs --export report.tar.gz" },
  ];
  static override args = { node: Args.string({ description: "a node's name, short or full; default: all nodes" }) };
  // No defaults: `exclusive` would count a default as given.
  static override flags = {
    follow: Flags.boolean({ char: "f", description: "go on with what comes, until Ctrl-C", exclusive: ["export"] }),
    since: Flags.string({
      description: "only what is younger: a time span (90s, 10m, 2h, 3d) or a date with a time zone",
      helpValue: "TIME",
      exclusive: ["export"],
    }),
    lines: Flags.integer({
      char: "n",
      description: "the last lines of each log; default: 100, or 10000 with --since",
      helpValue: "N",
      min: 0,
      max: 100_000,
      exclusive: ["export"],
    }),
    source: Flags.string({
      description: "only this log; may be given more than once",
      options: [...SOURCES],
      multiple: true,
      exclusive: ["export"],
    }),
    export: Flags.string({ description: "pack everything into this new .tar.gz", helpValue: "FILE" }),
    force: Flags.boolean({ description: "with --export: replace FILE when it exists", dependsOn: ["export"] }),
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  /** With --follow Ctrl-C is the only end; without it Ctrl-C takes effect at once. */
  protected override readonly endsByInterrupt = true;

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Logs);
    if (flags.export !== undefined) return this.pack({ ...flags, node: args.node, export: flags.export });
    const sources = flags.source === undefined ? SOURCES : SOURCES.filter((name) => flags.source?.includes(name));
    const what = { node: args.node, sources, lines: flags.lines, since: flags.since };
    if (flags.follow) return this.follow(flags, what);
    return this.show(flags, what);
  }

  private async show(flags: Common, what: LogQuery): Promise<void> {
    const asJson = flags.output === "json";
    const bare = isBare(what);
    const logs: LogPart[] = [];
    const { cluster, problems } = await this.operate(flags, async (input) => {
      const { readLogs } = await import("../operations/logs/read-logs.js");
      const onPart = (part: LogPart): void => {
        if (asJson) logs.push(part);
        else process.stdout.write(partText(part, bare));
      };
      const read = await readLogs({ ...input, ...what, onPart });
      if (!asJson) for (const problem of read.problems) input.progress.warn(problem);
      return read;
    });
    if (asJson) this.print(flags, { cluster, logs, problems }, () => "");
  }

  private async follow(flags: Common, what: LogQuery): Promise<void> {
    if (flags.output === "json") {
      throw new AlpineK8sError("usage", "--follow has no end, so it cannot print a JSON document", {
        hints: ["alpine-k8s logs --follow", "alpine-k8s logs -o json"],
      });
    }
    const bare = isBare(what);
    const write = boundedWriter(process.stdout);
    const end = await untilInterrupted(process.stdout, (readerGone) =>
      this.operate(flags, async (input) => {
        const { followLogs } = await import("../operations/logs/follow-logs.js");
        const signal = AbortSignal.any([input.signal, readerGone]);
        setMaxListeners(0, signal);
        await followLogs({
          ...{ ...input, ...what, signal },
          onLine: ({ node, source, text }) => write(`${linePrefix(node, source, bare)}${text}`),
        });
      }),
    );
    // Ending it is not a failure and needs no message; 130 is the code that a shell expects after Ctrl-C.
    if (end === "interrupted") this.exit(EXIT_CODES.interrupted);
  }

  private async pack(flags: Common & { export: string; force?: boolean; node: string | undefined }): Promise<void> {
    const { export: file, force = false, node } = flags;
    const summary = await this.operate(flags, async (input) => {
      const { exportLogs } = await import("../operations/logs/export-logs.js");
      return exportLogs({ ...input, node, file: resolve(file), force });
    });
    this.print(flags, summary, () => exportText(summary));
  }
}

interface Common {
  readonly dir: string;
  readonly verbose: boolean;
  readonly output: string;
}

/** The lines of a single log, of one node or of the cluster, need no prefix. */
function isBare({ node, sources }: LogQuery): boolean {
  return sources.length === 1 && (node !== undefined || sources[0] === "events");
}
