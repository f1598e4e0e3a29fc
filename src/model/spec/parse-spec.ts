import { AlpineK8sError } from "../../base/errors.js";
import { addonProblems } from "./addons/check-addons.js";
import { addressProblems } from "./addons/shared-address.js";
import { kubeadmProblems } from "./kubeadm/check-kubeadm.js";
import { combinationProblems, imageProblems } from "./check-box.js";
import { type Given, networkOf, networkProblems } from "./check-networks.js";
import { nodeProblems } from "./check-nodes.js";
import { CLUSTER_SHAPE } from "./cluster-shape.js";
import type { ClusterSpec } from "./cluster-spec.js";
import { applyOverrides, type SpecOverrides } from "./overrides.js";
import { isWithin, pathText, type Path, type Problem } from "./problems.js";
import { isGroup } from "./schema.js";
import { withDefaults } from "./with-defaults.js";
import { readYaml, type Position, type YamlText } from "./yaml-text.js";

export type { SpecOverrides } from "./overrides.js";

/** Problems that one message lists: more do not help. */
const MOST_PROBLEMS = 20;

export interface SpecInput {
  /** The file's text; `undefined` when there is no file. */
  readonly text: string | undefined;
  /** The file's name for messages: `alpine-k8s.yaml`. */
  readonly source: string;
  /** The cluster folder's own name, for the default of metadata.name. */
  readonly folderName: string;
  /** The cluster's, where it is known: it decides which add-ons a spec has that names none. */
  readonly kubernetesVersion?: string | undefined;
  /** Values from flags; they take precedence over the file. */
  readonly overrides: SpecOverrides;
  /** The cluster is still to be made: whether there can be such a box is checked, too. A cluster that exists has one. */
  readonly isNew?: boolean;
}

/** Something wrong with the spec, and where. */
export interface SpecProblem {
  /** Where in the file; absent for a flag, and when no place in the file is to blame. */
  readonly position: Position | undefined;
  /** The flag that the value came from. */
  readonly flag?: string | undefined;
  /** `spec.hosts[1].address`; empty for the file as a whole. */
  readonly key: string;
  readonly what: string;
}

/** A spec as it was read; `spec` is undefined when there are problems. */
export interface ReadSpec {
  readonly spec: ClusterSpec | undefined;
  /** In the order of the file, without repetitions. */
  readonly problems: readonly SpecProblem[];
  /** Where a value is in the file; for an absent value, where the group around it is. */
  readonly positionOf: (path: Path) => Position | undefined;
}

/**
 * The spec that a file and flags make together, checked, with all defaults. Throws one `usage` error that lists every
 * problem with file, line, column and key, or with the flag it came from.
 */
export function parseSpec(input: SpecInput): ClusterSpec {
  const { spec, problems } = readSpecText(input);
  if (spec !== undefined) return spec;
  throw specRefusal(input.source, problems);
}

/** Like {@link parseSpec}, but returns the problems instead of throwing. */
export function readSpecText(input: SpecInput): ReadSpec {
  const yaml = readYaml(input.text ?? "");
  if (!("positionOf" in yaml)) {
    const problems = yaml.map(({ position, what }) => ({ position, key: "", what }));
    return { spec: undefined, problems: inOrder(problems), positionOf: () => undefined };
  }
  const { data, flags } = applyOverrides(yaml.data ?? {}, input.overrides);
  const found: Problem[] = [];
  const flagOf = (path: Path) => flags.find((flag) => isWithin(path, flag.path))?.flag;
  const raw = CLUSTER_SHAPE.read(data, [], {
    report: (problem) => found.push(problem),
    sourceOf: (path) => (flagOf(path) === undefined ? yaml.sourceOf(path) : undefined),
  });
  const spec = withDefaults(raw ?? {}, input.folderName, input.kubernetesVersion);
  const problems = [
    ...found,
    ...relatedProblems(spec, (path) => isGiven(data, path), input.isNew === true).filter((late) => isNews(late, found)),
  ];
  return {
    spec: problems.length === 0 ? spec : undefined,
    problems: inOrder(problems.map((problem) => placed(problem, yaml, flagOf(problem.path)))),
    positionOf: (path) => yaml.positionOf(path, false),
  };
}

/** Problems that only show when values are looked at together. */
function relatedProblems(spec: ClusterSpec, given: Given, isNew: boolean): readonly Problem[] {
  const network = networkOf(spec);
  return [
    ...networkProblems(spec, network, given),
    ...imageProblems(spec, given),
    ...nodeProblems(spec, network, given),
    ...kubeadmProblems(spec),
    ...addonProblems(spec),
    ...addressProblems(spec, network),
    ...(isNew ? combinationProblems(spec, given) : []),
  ];
}

/** False when a problem of this value was reported before: its default has replaced it and proves nothing. */
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

function placed(problem: Problem, yaml: YamlText, flag: string | undefined): SpecProblem {
  const { path, what } = problem;
  const position = flag === undefined ? yaml.positionOf(path, problem.atKey ?? false) : undefined;
  return { position, flag, key: pathText(path), what };
}

function inOrder(problems: readonly SpecProblem[]): readonly SpecProblem[] {
  const sorted = [...problems].sort(
    (a, b) =>
      (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
  return [...new Map(sorted.map((problem) => [problemText("", problem), problem])).values()];
}

function problemText(source: string, { position, flag, key, what }: SpecProblem): string {
  if (flag !== undefined) return `${flag}: ${what}`;
  const place = position === undefined ? source : `${source}:${position.line}:${position.column}`;
  return `${place}:${key === "" ? "" : ` ${key}:`} ${what}`;
}

/** One `usage` error for all problems; lists at most `most` of them. */
export function specRefusal(source: string, problems: readonly SpecProblem[], most = MOST_PROBLEMS): AlpineK8sError {
  const lines = problems.map((problem) => problemText(source, problem));
  const more = lines.length > most ? [`… and ${lines.length - most} more`] : [];
  const head = lines.length === 1 ? [] : [`${lines.length} problems in the spec:`];
  const usesFile = problems.some((problem) => problem.flag === undefined);
  return new AlpineK8sError("usage", [...head, ...lines.slice(0, most), ...more].join("\n"), {
    hints: [
      ...(usesFile
        ? [`correct ${source}; every key is explained in docs/spec.md`]
        : ["correct the flag; alpine-k8s up --help lists them"]),
      "nothing was changed",
    ],
  });
}
