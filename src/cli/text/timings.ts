import type { NodeTimings, StepTimings, Timings } from "../../operations/timings/timings.js";
import { seconds } from "../progress/plain.js";
import { longestLine } from "./longest.js";
import { section, table } from "./table.js";
import { clusterText, imagesText } from "./timings-cluster.js";

/** Nodes of one step that are listed: those that took the longest. */
const MOST_NODES = 10;
/** Milliseconds under which a step that had nothing to do is left out. */
const NOTHING = 50;

/** Where the time of a run went, as people read it. */
export function timingsText(timings: Timings): string {
  const { run, command, milliseconds, outcome, steps, problems, clocks } = timings;
  const what = command === null ? "" : ` (alpine-k8s ${command})`;
  const shown = steps.filter((step) => step.outcome !== "skipped" || step.milliseconds >= NOTHING);
  const rows = shown.flatMap((step) => [stepRow(timings, step), ...nodeRows(timings, step.step)]);
  const outside = timings.nodes.filter(({ step }) => step === null).map((node) => nodeRow(timings, node));
  const path = timings.criticalPath.reduce((sum, stretch) => sum + stretch.milliseconds, 0);
  return [
    `Run ${run}${what}: ${OUTCOMES[outcome]} ${seconds(milliseconds)}.`,
    "",
    table(
      ["", "step and node", "seconds", "  share", "   work", "   wait", "waits for"],
      [...rows, ...outside, outsideRow(timings)],
    ),
    "",
    `* is on the critical path: ${seconds(path)}. What goes on side by side counts in each row.`,
    ...longestLine(timings.longest),
    ...clusterText(timings),
    ...imagesText(timings),
    ...section(
      "Clocks ahead of this computer's:",
      clocks.filter(({ offset }) => Math.abs(offset) >= 0.05).map(clockText),
    ),
    ...section("Not known:", problems),
  ].join("\n");
}

const OUTCOMES = {
  ...{ done: "done in", failed: "failed after", skipped: "nothing to do,", unknown: "took" },
  unfinished: "cut off, or still at work, after",
} as const;

function row(timings: Timings, name: string, spent: Pick<NodeTimings, "milliseconds" | "work" | "wait" | "critical">) {
  const share = timings.milliseconds === 0 ? 0 : (100 * spent.milliseconds) / timings.milliseconds;
  return [
    ...[spent.critical ? "*" : "", name, number(spent.milliseconds), `${share.toFixed(1)}%`.padStart(7)],
    ...[number(spent.work), number(spent.wait)],
  ];
}

/** Seconds with one decimal, right-aligned below their heads. */
function number(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1).padStart(7);
}

function stepRow(timings: Timings, step: StepTimings): string[] {
  const how = step.outcome === "failed" ? " (failed)" : step.outcome === "unfinished" ? " (not ended)" : "";
  return row(timings, `${step.title}${how}`, step);
}

function nodeRow(timings: Timings, node: NodeTimings): string[] {
  return [...row(timings, `  ${node.node}`, node), node.waitsFor ?? ""];
}

function nodeRows(timings: Timings, step: string): readonly string[][] {
  const all = timings.nodes.filter((node) => node.step === step);
  const longest = [...all].sort((one, other) => other.milliseconds - one.milliseconds);
  const listed = longest.filter((node, index) => index < MOST_NODES || node.critical);
  const left = longest.filter((node) => !listed.includes(node));
  const rows = all.filter((node) => listed.includes(node)).map((node) => nodeRow(timings, node));
  const [first] = left;
  return first === undefined
    ? rows
    : [...rows, ["", `  ${left.length} more, each at most`, number(first.milliseconds)]];
}

function outsideRow(timings: Timings): string[] {
  const spent = { milliseconds: timings.outsideOfSteps, work: timings.outsideOfSteps, wait: 0, critical: false };
  return row(timings, "outside of steps", spent);
}

function clockText({ node, offset }: Timings["clocks"][number]): string {
  return `${node} ${offset > 0 ? "+" : ""}${offset.toFixed(1)} s`;
}
