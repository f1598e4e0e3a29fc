import type { MachineVersions } from "./look.js";

/** How a story ended on given machines. */
export interface StoryResult {
  readonly name: string;
  readonly result: "passed" | "failed" | "not run";
  /** The line that matters: why it failed, or why it was not run. */
  readonly why?: string;
  readonly seconds: number;
  readonly tests: { readonly passed: number; readonly failed: number };
  /** Its tests that need the bench. */
  readonly leftOut: readonly string[];
}

/** The result of `npm run stories`; also written as JSON. */
export interface Report {
  readonly started: string;
  readonly seconds: number;
  readonly spec: string;
  readonly versions: {
    readonly alpineK8s: string;
    readonly kubernetes: string;
    readonly kubectl: string;
    readonly machines: readonly MachineVersions[];
  };
  readonly stories: readonly StoryResult[];
}

/** 0: every story passed; 4: a story failed; 3: none failed, but something that a story needs is missing. */
export function exitCodeOf({ stories }: Report): number {
  if (stories.some(({ result }) => result === "failed")) return 4;
  return stories.every(({ result }) => result === "passed") && stories.length > 0 ? 0 : 3;
}

/** One line: how many stories ended in which way. */
function sumOf({ stories }: Report): string {
  const count = (result: StoryResult["result"]): number => stories.filter((one) => one.result === result).length;
  return `${count("passed")} passed, ${count("failed")} failed, ${count("not run")} not run`;
}

/** The report for a screen. */
export function screenText(report: Report): string {
  const { machines, ...ours } = report.versions;
  const width = Math.max(...report.stories.map(({ name }) => name.length));
  const rows = report.stories.flatMap((story) => [
    `  ${story.name.padEnd(width)}  ${story.result.padEnd(7)}  ${secondsText(story).padStart(7)}`.trimEnd(),
    ...notesOf(story).map((note) => `    ${note}`),
  ]);
  const versions = machines.map(({ name, ...rest }) => `  ${name}: ${Object.values(rest).filter(Boolean).join(", ")}`);
  return [
    ...[`Stories on given machines: ${sumOf(report)}, ${report.seconds} s`, ...rows],
    `alpine-k8s ${ours.alpineK8s}, Kubernetes ${ours.kubernetes}, kubectl ${ours.kubectl}`,
    ...versions,
    "",
  ].join("\n");
}

/** The report in Markdown. */
export function markdownText(report: Report): string {
  const { machines, ...ours } = report.versions;
  const row = (...cells: readonly string[]): string => `| ${cells.map(cellText).join(" | ")} |`;
  return [
    "# Stories on given machines",
    "",
    `${sumOf(report)}. Started ${report.started}, ${report.seconds} s, spec \`${report.spec}\`.`,
    "",
    row("story", "result", "time", "what matters"),
    "|---|---|---|---|",
    ...report.stories.map((story) => row(story.name, story.result, secondsText(story), notesOf(story).join("\n"))),
    "",
    `alpine-k8s ${ours.alpineK8s}, Kubernetes ${ours.kubernetes}, kubectl ${ours.kubectl}`,
    "",
    row("machine", "OS", "kernel", "runtime", "Kubernetes"),
    "|---|---|---|---|---|",
    ...machines.map(({ name, os, kernel, runtime, kubernetes }) => row(name, os, kernel, runtime, kubernetes)),
    "",
  ].join("\n");
}

function notesOf({ why, tests, leftOut }: StoryResult): string[] {
  const all = tests.passed + tests.failed + leftOut.length;
  return [
    ...(why === undefined ? [] : [why]),
    ...(tests.failed > 1 ? [`${tests.failed} of ${all} tests failed`] : []),
    ...(leftOut.length === 0
      ? []
      : [`${leftOut.length} of ${all} tests left out, they need the bench: ${leftOut.join("; ")}`]),
  ];
}

function secondsText({ result, seconds }: StoryResult): string {
  return result === "not run" ? "" : `${seconds} s`;
}

function cellText(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", "<br>");
}
