import { CONTROL_PLANE_FAILURES } from "./control-plane.js";
import type { FailureRow } from "./failure-row.js";
import { IMAGE_FAILURES } from "./images.js";
import { JOIN_FAILURES } from "./joining.js";
import { KUBELET_FAILURES } from "./kubelet.js";
import { PREFLIGHT_FAILURES } from "./preflight.js";

/** All rows; of a line, the first that fits counts. Images come before the checks that pull them. */
export const KUBEADM_FAILURES: readonly FailureRow[] = [
  ...IMAGE_FAILURES,
  ...PREFLIGHT_FAILURES,
  ...KUBELET_FAILURES,
  ...JOIN_FAILURES,
  ...CONTROL_PLANE_FAILURES,
];

export interface KubeadmExplanation {
  /** What is wrong, the first complaint first. */
  readonly causes: readonly string[];
  /** What to do, a line each, with the node's name. */
  readonly remedies: readonly string[];
}

/** Lines that are looked at, and characters of each: what a node says has no end of its own. */
const LINES = 100;
const LENGTH = 2000;
/** Of many complaints the first are told; the lines themselves have the rest. */
const MOST = 5;
const LONGEST_WORD = 200;

/** What kubeadm and the kubelet mean by these lines of theirs; undefined when no row fits. */
export function explainKubeadm(lines: readonly string[], node: string): KubeadmExplanation | undefined {
  const found = new Map<FailureRow, RegExpExecArray[]>();
  for (const line of lines.slice(0, LINES)) {
    const [row, match] = firstFit(line.slice(0, LENGTH)) ?? [];
    if (row && match) found.set(row, [...(found.get(row) ?? []), match]);
  }
  const special = [...found].filter(([{ general }]) => general !== true);
  const told = (special.length > 0 ? special : [...found]).slice(0, MOST);
  if (told.length === 0) return undefined;
  return {
    causes: unique(told.map(([{ cause }, matches]) => filled(cause, matches))),
    remedies: unique(told.map(([{ remedy }, matches]) => filled(remedy, matches).replaceAll("NODE", node))),
  };
}

function firstFit(line: string): readonly [FailureRow, RegExpExecArray] | undefined {
  for (const row of KUBEADM_FAILURES) {
    const match = row.pattern.exec(line);
    if (match) return [row, match];
  }
  return undefined;
}

/** Each `$n` with what was caught there, in all lines that the row fits. */
function filled(text: string, matches: readonly RegExpExecArray[]): string {
  return text.replace(/\$([1-9])/g, (_, digit: string) => {
    const caught = unique(matches.map((match) => match[Number(digit)] ?? "not told"));
    const named = caught.slice(0, 3).map((one) => one.slice(0, LONGEST_WORD));
    return caught.length > 3 ? `${named.join(", ")} and ${caught.length - 3} more` : named.join(", ");
  });
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
