import { AlpineK8sError, type ErrorKind } from "../base/errors.js";
import { withoutUrlSecrets } from "../base/hide-logins.js";
import { lastLines } from "../base/output.js";
import { printable } from "../base/printable.js";
import { explainKubeadm } from "../model/kubeadm/failures/explain.js";
import type { RemoteResult } from "../remote/remote-host.js";

/** The last line of a node script's output, parsed. */
export interface ScriptResult {
  readonly script: string;
  /** Ids of what the script changed; empty when everything was as it should be. */
  readonly changed: readonly string[];
  readonly present: readonly string[];
  readonly warnings: readonly string[];
  readonly failed: readonly string[];
}

const MARK = "@alpine-k8s ";

/** Finds and reads the result line; nothing when there is none. What is not of the type that it should be is left out. */
export function parseScriptResult(stdout: string): ScriptResult | undefined {
  const line = stdout.split("\n").findLast((text) => text.startsWith(MARK));
  if (line === undefined) return undefined;
  try {
    const parsed = JSON.parse(line.slice(MARK.length)) as Partial<Record<keyof ScriptResult, unknown>> | null;
    if (typeof parsed !== "object" || parsed === null) return undefined;
    return {
      script: typeof parsed.script === "string" ? parsed.script : "",
      changed: textsIn(parsed.changed),
      present: textsIn(parsed.present),
      warnings: textsIn(parsed.warnings),
      failed: textsIn(parsed.failed),
    };
  } catch {
    return undefined;
  }
}

/** A node may say anything: what is no list of texts says nothing, and URLs of its repositories may have logins. */
function textsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is string => typeof one === "string").map(withoutUrlSecrets);
}

interface Meaning {
  readonly kind: ErrorKind;
  readonly what: string;
  readonly hints: readonly string[];
}

/** What the scripts' exit codes mean; the codes are documented in docs/node-scripts.md. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  10: {
    kind: "node",
    what: "the node is not fit for Kubernetes",
    hints: ["repair what is named above, then: alpine-k8s up"],
  },
  11: {
    kind: "conflict",
    what: "the node belongs to another cluster and was left alone",
    hints: ["use another machine, or on the node: kubeadm reset -f && rm -rf /etc/alpine-k8s"],
  },
  12: {
    kind: "node",
    what: "a package is missing and could not be installed",
    hints: ["check /etc/apk/repositories on the node, or ask for the version that its Alpine release carries"],
  },
  13: { kind: "node", what: "kubeadm failed", hints: ["repair what is named above, then: alpine-k8s up"] },
  14: {
    kind: "timeout",
    what: "the API server did not answer in time",
    hints: ["alpine-k8s status", "alpine-k8s up"],
  },
  15: {
    kind: "conflict",
    what: "the node carries another Kubernetes version than the cluster",
    hints: ["use the cluster's version on every node; a running cluster is not upgraded by up"],
  },
  16: {
    kind: "unhealthy",
    what: "the node is set up but not healthy; nothing was reset",
    hints: ["alpine-k8s status", "look at /var/log/kubelet/kubelet.log on the node, then: alpine-k8s up"],
  },
  17: {
    kind: "unhealthy",
    what: "the kubelet does not come up",
    hints: ["look at /var/log/kubelet/kubelet.log on the node, repair it, then: alpine-k8s up"],
  },
  18: {
    kind: "node",
    what: "the network manifest was refused by the API",
    hints: ["correct the manifest named in spec.addons, then: alpine-k8s up"],
  },
};

/** Exit codes behind which are words of kubeadm or the kubelet. */
const OF_KUBEADM: readonly number[] = [13, 16, 17];
/** Lines of a node's own that an error repeats, and characters of each; the run's log has all. */
const LINES = 12;
const LENGTH = 500;
/** kubeadm's advice to use a flag that is not ours. */
const NOT_OUR_ADVICE = "[preflight] If you know what you are doing, you can make a check non-fatal";

/**
 * Turns a node script's failure into an error that says which node failed, what and why: what kubeadm's words mean with
 * the words below, or the reasons of the result line; then what else the script wrote to stderr.
 */
export function scriptFailure(node: string, script: string, result: RemoteResult): AlpineK8sError {
  const meaning = MEANINGS[result.exitCode] ?? {
    kind: "node" as const,
    what: `${script} ended with exit code ${result.exitCode}`,
    hints: ["alpine-k8s up"],
  };
  const reasons = parseScriptResult(result.stdout)?.failed ?? [];
  // The scripts write the lines of other programs behind one another.
  const words = reasons.flatMap((reason) => reason.split(/; */)).filter((line) => line.trim() !== "");
  const explained = OF_KUBEADM.includes(result.exitCode) ? explainKubeadm(words, node) : undefined;
  // The scripts write each reason to stderr, too.
  const told = new Set(reasons.map((reason) => `alpine-k8s: ${reason}`));
  const more = result.stderr.split("\n").filter((line) => !told.has(line));
  const why = explained?.causes.join("; ") ?? reasons.slice(0, LINES).map(shortened).join("; ");
  const below = explained ? [...words.filter((line) => !line.includes(NOT_OUR_ADVICE)), ...more] : more;
  const head = why === "" ? meaning.what : `${meaning.what}: ${why}`;
  return new AlpineK8sError(meaning.kind, [`${node}: ${printable(head)}`, ...lastOf(below)].join("\n"), {
    node,
    hints: explained ? [...explained.remedies.map(printable), again(script)] : meaning.hints,
  });
}

/** What continues where the script failed. A node that is taken out is not to come up again. */
function again(script: string): string {
  return script === "reset.sh" ? "then give the same command again" : "then: alpine-k8s up";
}

function lastOf(lines: readonly string[]): readonly string[] {
  return lastLines(lines.join("\n"), LINES).map((line) => `  ${shortened(printable(line).trim())}`);
}

function shortened(line: string): string {
  return line.length > LENGTH ? `${line.slice(0, LENGTH)}…` : line;
}
