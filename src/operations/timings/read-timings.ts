import { compareRuns, type StepComparison } from "./compare.js";
import { readRun } from "./read-run.js";
import { writeSvg } from "./svg-file.js";
import { timelineSvg } from "./svg.js";
import { timingsOf, type Timings } from "./timings.js";

export interface TimingsInput {
  /** The cluster folder, absolute. */
  readonly folder: string;
  /** Name of a run below `logs/`; the last one without. */
  readonly run: string | undefined;
  /** An earlier run to compare with. */
  readonly against: string | undefined;
  /** Absolute path of a picture to write. */
  readonly svg: string | undefined;
  /** Replaces a file of that name that is no picture of ours. */
  readonly force: boolean;
}

/** The shape of `timings -o json`, documented in docs/json.md. */
export interface TimingsDocument extends Timings {
  /** The picture that was written. */
  readonly svg: string | null;
  /** The run that it was compared with. */
  readonly against: { readonly run: string; readonly milliseconds: number } | null;
  readonly comparison: readonly StepComparison[];
}

/**
 * Where the time of a run went, from its log in the folder; asks no machine and takes no lock. Writes nothing but the
 * picture. Throws `usage` for a run that is not there, `conflict` for a file that is no picture of ours.
 */
export async function readTimings({ folder, run, against, svg, force }: TimingsInput): Promise<TimingsDocument> {
  const found = await readRun(folder, run);
  const timings = timingsOf(found.name, found.run);
  const before = against === undefined ? undefined : await readRun(folder, against);
  const old = before && timingsOf(before.name, before.run);
  if (svg !== undefined) await writeSvg(svg, timelineSvg(found.name, found.run), force);
  return {
    ...timings,
    svg: svg ?? null,
    against: old === undefined ? null : { run: old.run, milliseconds: old.milliseconds },
    comparison: old === undefined ? [] : compareRuns(old, timings),
  };
}
