import { kubernetesMinor, minorOf } from "../../model/versions/kubernetes.js";
import { supportAt, supportText } from "../../model/versions/support.js";
import type { VersionsReport } from "../../operations/versions.js";
import { table } from "./table.js";

interface VersionsTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of the report in their order: Kubernetes, Alpine, runtimes, containerd's configuration. */
export function versionsTables(report: VersionsReport): readonly VersionsTable[] {
  return [
    {
      header: ["kubernetes", "fixes until", "today", "alpine", "kubeadm", "canal", "containerd from"],
      rows: report.kubernetes.map((row) => [
        ...[row.minor, row.ends, today(row), listed(row.alpine)],
        ...[row.kubeadm, row.canal, listed(row.containerd)],
      ]),
    },
    {
      header: ["alpine", "fixes until", "today", "kubernetes", "containerd", "docker", "openrc"],
      rows: report.alpine.map((row) => [
        ...[row.release, row.ends, today(row)],
        ...[row.kubernetes, row.containerd, row.docker, row.openrc].map((version) => version ?? "-"),
      ]),
    },
    {
      header: ["runtime", "through", "kubernetes", "packages", "no package of", "socket"],
      rows: report.runtimes.map((row) => [
        ...[row.name, row.through, row.last === null ? `${row.first} and newer` : `${row.first} to ${row.last}`],
        ...[listed(row.packages), listed(row.missing), row.socket],
      ]),
    },
    {
      header: ["containerd", "config version", "cni folder", "sandbox image"],
      rows: report.containerd.map((row) => [row.series, String(row.version), row.cniKey, row.sandboxKey]),
    },
  ];
}

/** The report as people read it. */
export function versionsText(report: VersionsReport): string {
  const [alpine = "", networks = ""] = report.cniFolders;
  return [
    `What works together, and what gets fixes today, ${report.date}. "?": not seen, only inferred.`,
    ...versionsTables(report).flatMap(({ header, rows }) => ["", table(header, rows)]),
    "",
    `CNI plugins: Alpine has them in ${alpine}, networks put theirs into ${networks}; alpine-k8s makes the two one.`,
    "containerd is what alpine-k8s sets up; the other runtimes are listed for machines that are made by hand.",
    "",
    "OpenRC:",
    ...report.traps.flatMap(({ id, what, remedy }) => [`  ${id}: ${what}`, `    helps: ${remedy}`]),
    ...clusterLines(report),
  ].join("\n");
}

/** What the table says of the folder's own cluster. */
function clusterLines({ cluster, kubernetesVersion, date }: VersionsReport): string[] {
  if (cluster === null || kubernetesVersion === null) return [];
  const ends = kubernetesMinor(minorOf(kubernetesVersion))?.ends;
  const support = ends === undefined ? "is not in this table" : supportText(supportAt(ends, Date.parse(date)));
  return ["", `Cluster ${cluster} has Kubernetes ${kubernetesVersion}, which ${support}.`];
}

function today({ state, daysLeft }: VersionsReport["alpine"][number] | VersionsReport["kubernetes"][number]): string {
  if (state === "ended") return "no";
  return state === "ok" ? "yes" : `yes, ${daysLeft} days left`;
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? "-" : words.join(", ");
}
