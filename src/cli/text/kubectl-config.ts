import { isAbsolute, relative } from "node:path";
import type { KubectlConfigSummary } from "../../operations/kubectl/kubectl-config.js";
import { table } from "./table.js";

/** What `kubectl-config` did, as people read it; the wording is that of the script that it replaces. */
export function kubectlConfigText(summary: KubectlConfigSummary, cwd = process.cwd()): string {
  const { kubectl, adminConfig, merged, nodes } = summary;
  const program = shown(kubectl.path, cwd);
  const lines = [`kubectl ${kubectl.version}: ${program}${sourceText(kubectl)}`];
  if (adminConfig === null) return lines.join("\n");
  lines.push(`Config of cluster ${summary.cluster ?? ""}: ${shown(adminConfig, cwd)}`);
  if (merged) lines.push(...mergedText(merged));
  const rows = nodes.map((node) => [node.name, node.status, node.roles, node.age, node.version]);
  return [
    ...lines,
    "",
    "Checking cluster.. you should see the nodes listed below: -",
    nodes.length === 0 ? "(there are none)" : table(["name", "status", "roles", "age", "version"], rows),
    "",
    "You can run kubectl commands like this: -",
    `  ${quoted(program)} --kubeconfig=${quoted(shown(adminConfig, cwd))} get pods --all-namespaces -o wide`,
  ].join("\n");
}

function sourceText({ source, url }: KubectlConfigSummary["kubectl"]): string {
  if (source === "downloaded") return ` (downloaded from ${url ?? ""}, SHA-256 as published there)`;
  return source === "path" ? " (from PATH)" : " (was there already)";
}

function mergedText(merged: NonNullable<KubectlConfigSummary["merged"]>): string[] {
  const { file, context, currentContext } = merged;
  return [
    merged.changed ? `Merged into ${file} as context ${context}` : `${file} has it already, as context ${context}`,
    ...(merged.replaced.length === 0 ? [] : [`Replaced entries of another cluster: ${merged.replaced.join(", ")}`]),
    ...(merged.backup === undefined
      ? []
      : [`Backup: ${merged.backup} (alpine-k8s kubectl-config --undo takes it back)`]),
    currentContext === context
      ? `The current context is ${context}`
      : `The current context stays ${currentContext === "" ? "unset" : currentContext}; to switch: kubectl config use-context ${context}`,
  ];
}

/** The path relative to `cwd`; unchanged when it is outside of it. */
function shown(path: string, cwd: string): string {
  const short = relative(cwd, path);
  if (short === "" || short.startsWith("..") || isAbsolute(short)) return path;
  return /^kubectl(\.exe)?$/.test(short) ? `./${short}` : short;
}

function quoted(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path) ? path : `"${path}"`;
}
