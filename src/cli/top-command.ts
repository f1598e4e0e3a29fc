import { setMaxListeners } from "node:events";
import { Flags } from "@oclif/core";
import { AlpineK8sError } from "../base/errors.js";
import type { RunInput } from "../engine/run-input.js";
import type { Watch } from "../operations/top/look.js";
import { SORTS, type Sort } from "../operations/top/order.js";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "./base-command.js";
import { redrawer } from "./progress/redraw.js";
import { boundedWriter } from "./text/logs.js";
import { untilInterrupted } from "./until-interrupted.js";

/** Seconds between two looks: metrics-server itself looks each 15 s. */
const INTERVAL = 2;

const sortFlag = Flags.custom<Sort>({
  description: "what comes first: the largest use of CPU or memory, or the names in their order",
  options: [...SORTS],
  default: "cpu",
});

/** The flags that `top nodes` and `top pods` share. */
export const topFlags = {
  sort: sortFlag(),
  watch: Flags.boolean({ description: "look again and again, until Ctrl-C" }),
  interval: Flags.integer({
    description: `with --watch: seconds from one look to the next; default: ${INTERVAL}`,
    helpValue: "SECONDS",
    min: 1,
    max: 3600,
    dependsOn: ["watch"],
  }),
  dir: dirFlag,
  output: outputFlag,
  verbose: verboseFlag,
};

interface TopFlags {
  readonly watch: boolean;
  readonly interval: number | undefined;
  readonly dir: string;
  readonly output: string;
  readonly verbose: boolean;
}

/** What `top nodes` and `top pods` have in common: one look, or one after the other. */
export abstract class TopCommand extends BaseCommand {
  /** Of --watch Ctrl-C is the only end; one look ends at once. */
  protected override readonly endsByInterrupt = true;

  /** Prints what `look` sees; `text` makes words of it, with bars where they fit into so many columns. */
  protected async show<T>(
    flags: TopFlags,
    look: (input: RunInput & { readonly watch?: Watch<T> }) => Promise<T>,
    text: (seen: T, columns: number) => string,
  ): Promise<void> {
    if (flags.watch) return this.watch(flags, look, text);
    const seen = await this.operate(flags, look);
    this.print(flags, seen, () => text(seen, columnsOf(process.stdout)));
  }

  private async watch<T>(
    flags: TopFlags,
    look: (input: RunInput & { readonly watch: Watch<T> }) => Promise<T>,
    text: (seen: T, columns: number) => string,
  ): Promise<void> {
    if (flags.output === "json") {
      throw new AlpineK8sError("usage", "--watch has no end, so it cannot print a JSON document", {
        hints: [`${this.config.bin} ${this.id?.replaceAll(":", " ") ?? "top"} -o json`],
      });
    }
    const out = process.stdout;
    const show = out.isTTY ? redrawer(out) : boundedWriter(out);
    const watch: Watch<T> = {
      every: (flags.interval ?? INTERVAL) * 1000,
      onLook: (seen) => show(`${text(seen, columnsOf(out))}\n`),
      onProblem: (reason) => show(`${reason}\nlooking again, until Ctrl-C\n`),
    };
    await untilInterrupted(out, (readerGone) =>
      this.operate(flags, (input) => {
        const signal = AbortSignal.any([input.signal, readerGone]);
        setMaxListeners(0, signal);
        return look({ ...input, signal, watch });
      }),
    );
  }
}

/** Columns for bars: none where it is no terminal. */
function columnsOf(out: { readonly isTTY?: boolean; readonly columns?: number }): number {
  return out.isTTY === true ? out.columns || 80 : 0;
}
