import type { StepRecord } from "../../../src/engine/run-log.js";
import type { Part, TimelineEvent } from "../../../src/engine/timeline-event.js";

const START = Date.parse("2026-01-31T12:00:00.000Z");

interface Span {
  /** Seconds from the beginning of the run. */
  readonly from: number;
  /** Nothing for what was cut off. */
  readonly to?: number;
}

/** RFC 3339, by seconds from the beginning of the run. */
export function at(second: number): string {
  return new Date(START + second * 1000).toISOString();
}

/** The lines that a run leaves in its folder, made by hand. */
export class RunLines {
  readonly #steps: { second: number; record: StepRecord }[] = [];
  readonly #events: { second: number; event: TimelineEvent }[] = [];
  #ids = 0;

  static of(command: string): RunLines {
    return new RunLines().event(0, { kind: "run", command });
  }

  event(second: number, event: TimelineEvent): this {
    this.#events.push({ second, event });
    return this;
  }

  step(step: string, { from, to }: Span, more: Partial<StepRecord> = {}): this {
    const { after = [], outcome = "done" } = more;
    this.event(from, { kind: "step", step, title: titleOf(step), after });
    if (to === undefined) return this;
    this.#steps.push({ second: to, record: { step, after, outcome, began: at(from), ended: at(to), items: [] } });
    return this;
  }

  part(step: string | null, { from, to }: Span, part: Partial<Part> = {}): this {
    const id = this.#ids++;
    this.event(from, { kind: "begin", id, step, node: "master1", part: "work", waitsFor: null, ...part });
    return to === undefined ? this : this.event(to, { kind: "end", id, failed: false });
  }

  ended(second: number, outcome: "done" | "failed" = "done"): this {
    return this.event(second, { kind: "run-ended", outcome });
  }

  /** What stands in the two files. */
  texts(): { readonly steps: string; readonly timeline: string } {
    const steps = [...this.#steps].sort((one, other) => one.second - other.second);
    const events = [...this.#events].sort((one, other) => one.second - other.second);
    return {
      steps: steps.map(({ record }) => `${JSON.stringify(record)}\n`).join(""),
      timeline: events.map(({ second, event }) => `${JSON.stringify({ at: at(second), ...event })}\n`).join(""),
    };
  }
}

/** `init-control-plane`: Init control plane. */
function titleOf(step: string): string {
  return (step.charAt(0).toUpperCase() + step.slice(1)).replaceAll("-", " ");
}
