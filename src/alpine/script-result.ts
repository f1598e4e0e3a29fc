import { AlpineK8sError, type ErrorKind } from "../base/errors.js";
import { withoutUrlSecrets } from "../base/hide-logins.js";
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

/**
 * Turns a node script's failure into an error that says which node failed, what and why, with the reasons of the result
 * line and the last lines of stderr.
 */
export function scriptFailure(node: string, script: string, result: RemoteResult): AlpineK8sError {
  const meaning = MEANINGS[result.exitCode] ?? {
    kind: "node" as const,
    what: `ended with exit code ${result.exitCode}`,
    hints: ["alpine-k8s up"],
  };
  const reasons = parseScriptResult(result.stdout)?.failed ?? [];
  const tail = result.stderr.trim().split("\n").slice(-12).join("\n");
  const why = reasons.length > 0 ? `: ${reasons.join("; ")}` : "";
  const detail = tail === "" ? "" : `\n${tail}`;
  return new AlpineK8sError(meaning.kind, `${node}: ${script}: ${meaning.what}${why}${detail}`, {
    node,
    hints: meaning.hints,
  });
}
