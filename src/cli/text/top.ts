import type { TopNodes } from "../../operations/top/top-nodes.js";
import type { TopPods } from "../../operations/top/top-pods.js";
import { oneLine } from "../progress/fit.js";
import { table } from "./table.js";

/** Characters of a full bar. */
const BAR = 10;

interface Column {
  readonly title: string;
  readonly cells: readonly string[];
  readonly isNumber?: boolean;
  readonly isBar?: boolean;
}

/** What the nodes use, as people read it; with bars of the shares where the table with them fits into `columns`. */
export function topNodesText({ cluster, nodes }: TopNodes, columns: number): string {
  const shares = (used: "cpu" | "memory"): readonly (number | null)[] =>
    nodes.map((node) => ratio(node[used], node[used === "cpu" ? "cpuAllocatable" : "memoryAllocatable"]));
  const [cpu, memory] = [shares("cpu"), shares("memory")];
  const shown: Column[] = [
    { title: "node", cells: nodes.map(({ name }) => oneLine(name)) },
    { title: "cpu", cells: nodes.map((node) => millicores(node.cpu)), isNumber: true },
    { title: "share", cells: cpu.map(percent), isNumber: true },
    { title: "", cells: cpu.map(bar), isBar: true },
    { title: "memory", cells: nodes.map((node) => mebibytes(node.memory)), isNumber: true },
    { title: "share", cells: memory.map(percent), isNumber: true },
    { title: "", cells: memory.map(bar), isBar: true },
  ];
  const title = `Cluster ${cluster}: ${nodes.length} node(s)${measured(nodes)}.`;
  return [title, "", withBarsIfTheyFit(shown, columns)].join("\n");
}

/** What the pods use, as people read it; with bars, where they fit, that compare each with the largest one. */
export function topPodsText({ cluster, pods, omitted, withoutFigures }: TopPods, columns: number): string {
  const bars = (used: "cpu" | "memory"): readonly string[] => {
    const largest = Math.max(0, ...pods.map((pod) => pod[used]));
    return pods.map((pod) => bar(ratio(pod[used], largest)));
  };
  const shown: Column[] = [
    { title: "namespace", cells: pods.map(({ namespace }) => oneLine(namespace)) },
    { title: "pod", cells: pods.map(({ name }) => oneLine(name)) },
    { title: "node", cells: pods.map(({ node }) => oneLine(node)) },
    { title: "cpu", cells: pods.map(({ cpu }) => millicores(cpu)), isNumber: true },
    { title: "", cells: bars("cpu"), isBar: true },
    { title: "memory", cells: pods.map(({ memory }) => mebibytes(memory)), isNumber: true },
    { title: "", cells: bars("memory"), isBar: true },
  ];
  const left = omitted === 0 ? "" : ` of ${pods.length + omitted}`;
  return [
    `Cluster ${cluster}: ${pods.length}${left} running pod(s)${measured(pods)}.`,
    ...(pods.length === 0 ? [] : ["", withBarsIfTheyFit(shown, columns)]),
    ...(withoutFigures === 0 ? [] : ["", `${withoutFigures} more pod(s) run that have no figures yet.`]),
  ].join("\n");
}

/** The newest figures' time, and over how many seconds their CPU was measured. */
function measured(rows: readonly { readonly timestamp: string | null; readonly window: number | null }[]): string {
  const newest = rows.reduce<(typeof rows)[number] | undefined>(
    (last, row) => ((row.timestamp ?? "") > (last?.timestamp ?? "") ? row : last),
    undefined,
  );
  if (newest === undefined) return "";
  const over = newest.window === null ? "" : ` over ${Math.round(newest.window)} s`;
  return `, measured ${newest.timestamp ?? ""}${over}`;
}

function withBarsIfTheyFit(columns: readonly Column[], room: number): string {
  const text = columnsText(columns);
  const fits = text.split("\n").every((line) => line.length < room);
  return fits ? text : columnsText(columns.filter(({ isBar }) => isBar !== true));
}

/** The columns as a table; numbers end below each other. */
function columnsText(columns: readonly Column[]): string {
  const aligned = columns.map(({ title, cells, isNumber }) => {
    const width = Math.max(...[title, ...cells].map((cell) => cell.length));
    return isNumber === true ? [title, ...cells].map((cell) => cell.padStart(width)) : [title, ...cells];
  });
  const [header = [], ...rows] = (aligned[0] ?? []).map((_, row) => aligned.map((cells) => cells[row] ?? ""));
  return table(header, rows);
}

/** Rounded up, as kubectl does: what works at all is never 0m. */
function millicores(cores: number | null): string {
  return cores === null ? "-" : `${Math.ceil(Number((cores * 1000).toFixed(6)))}m`;
}

function mebibytes(bytes: number | null): string {
  return bytes === null ? "-" : `${Math.round(bytes / 2 ** 20)} MiB`;
}

function ratio(used: number | null, whole: number | null): number | null {
  return used === null || whole === null || whole <= 0 ? null : used / whole;
}

function percent(share: number | null): string {
  return share === null ? "-" : `${Math.round(share * 100)}%`;
}

function bar(share: number | null): string {
  if (share === null) return "";
  const full = Math.min(BAR, Math.max(0, Math.round(share * BAR)));
  return "█".repeat(full) + "░".repeat(BAR - full);
}
