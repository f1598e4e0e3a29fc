import { AlpineK8sError } from "../errors.js";
import { addonProblems } from "./check-addons.js";
import { kubeadmProblems } from "./check-kubeadm.js";
import { networkOf, networkProblems } from "./check-networks.js";
import { nodeProblems } from "./check-nodes.js";
import { CLUSTER_SHAPE } from "./cluster-shape.js";
import type { ClusterSpec } from "./cluster-spec.js";
import { applyOverrides, type SpecOverrides } from "./overrides.js";
import { isWithin, pathText, type Path, type Problem } from "./problems.js";
import { isGroup } from "./shape.js";
import { withDefaults } from "./with-defaults.js";
import { readYaml, type Position, type YamlText } from "./yaml-text.js";

export type { SpecOverrides } from "./overrides.js";

/** More problems than this do not help. */
const MOST_PROBLEMS = 20;

export interface SpecInput {
  /** What stands in the file; `undefined` when there is none. */
  readonly text: string | undefined;
  /** The file's name for messages: `alpine-k8s.yaml`. */
  readonly source: string;
  /** The cluster folder's own name, for the default of metadata.name. */
  readonly folderName: string;
  /** Values from flags; they win over the file. */
  readonly overrides: SpecOverrides;
}

/**
 * The spec that a file and flags make together, checked, with all defaults. Throws one `usage` error that lists every
 * problem with file, line, column and key, or with the flag it came from.
 */
export function parseSpec(input: SpecInput): ClusterSpec {
  const yaml = readYaml(input.text ?? "");
  if (!("positionOf" in yaml)) {
    throw refusal(
      input.source,
      yaml.map(({ position, what }) => ({ position, line: `${place(input.source, position)}: ${what}` })),
    );
  }
  const { data, flags } = applyOverrides(yaml.data ?? {}, input.overrides);
  const found: Problem[] = [];
  const flagOf = (path: Path) => flags.find((flag) => isWithin(path, flag.path))?.flag;
  const raw = CLUSTER_SHAPE.read(data, [], {
    report: (problem) => found.push(problem),
    sourceOf: (path) => (flagOf(path) === undefined ? yaml.sourceOf(path) : undefined),
  });
  const spec = withDefaults(raw ?? {}, input.folderName);
  const problems = [
    ...found,
    ...relatedProblems(spec, (path) => isGiven(data, path)).filter((late) => isNews(late, found)),
  ];
  if (problems.length === 0) return spec;
  throw refusal(
    input.source,
    problems.map((problem) => placed(problem, yaml, input.source, flagOf(problem.path))),
  );
}

/** What only shows when values are looked at together. */
function relatedProblems(spec: ClusterSpec, given: (path: Path) => boolean): readonly Problem[] {
  const network = networkOf(spec);
  return [
    ...networkProblems(spec, network, given),
    ...nodeProblems(spec, network, given),
    ...kubeadmProblems(spec),
    ...addonProblems(spec),
  ];
}

/** False when the value is already known to be wrong: the default took its place and proves nothing. */
function isNews(late: Problem, found: readonly Problem[]): boolean {
  return !found.some(({ path }) => isWithin(path, late.path) || isWithin(late.path, path));
}

function isGiven(data: unknown, path: Path): boolean {
  const value = path.reduce<unknown>(
    (node, key) => (isGroup(node) && Object.hasOwn(node, key) ? node[key] : undefined),
    data,
  );
  return value !== undefined && value !== null;
}

interface Placed {
  readonly position: Position | undefined;
  readonly line: string;
}

function placed(problem: Problem, yaml: YamlText, source: string, flag: string | undefined): Placed {
  if (flag !== undefined) return { position: undefined, line: `${flag}: ${problem.what}` };
  const position = yaml.positionOf(problem.path, problem.atKey ?? false);
  const key = problem.path.length === 0 ? "" : ` ${pathText(problem.path)}:`;
  return { position, line: `${place(source, position)}:${key} ${problem.what}` };
}

function place(source: string, position: Position | undefined): string {
  return position === undefined ? source : `${source}:${position.line}:${position.column}`;
}

function refusal(source: string, problems: readonly Placed[]): AlpineK8sError {
  const sorted = [...problems].sort(
    (a, b) =>
      (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
  const lines = [...new Set(sorted.map((problem) => problem.line))];
  const more = lines.length > MOST_PROBLEMS ? [`… and ${lines.length - MOST_PROBLEMS} more`] : [];
  const head = lines.length === 1 ? [] : [`${lines.length} problems in the spec:`];
  const usesFile = lines.some((line) => line.startsWith(source));
  return new AlpineK8sError("usage", [...head, ...lines.slice(0, MOST_PROBLEMS), ...more].join("\n"), {
    hints: [
      ...(usesFile
        ? [`correct ${source}; every key is explained in docs/spec.md`]
        : ["correct the flag; alpine-k8s up --help lists them"]),
      "nothing was changed",
    ],
  });
}
