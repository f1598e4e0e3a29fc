import type { CertsRenewed } from "../../operations/certs/renew.js";
import type { CertsStatus } from "../../operations/certs/status.js";
import { table } from "./table.js";

/** The certificates as people read them. */
export function certsStatusText(status: CertsStatus): string {
  const rows = status.certificates.map((one) => [
    ...[one.node, one.file, one.subject, one.expires ?? "-", String(one.daysLeft ?? "-")],
    ...[one.state, one.renewedBy],
  ]);
  return [
    `Certificates of cluster ${status.cluster}:`,
    "",
    table(["node", "file", "subject", "expires", "days left", "state", "renewed by"], rows),
    ...adviceText(status.advice),
  ].join("\n");
}

/** What `certs renew` did, as people read it. */
export function certsRenewedText({ cluster, certificates, adminConfig, advice }: CertsRenewed): string {
  const first = certificates.flatMap(({ expires }) => (expires === null ? [] : [expires])).sort()[0] ?? "unknown";
  return [
    `Renewed ${certificates.length} certificates of cluster ${cluster}; the first of them ends on ${first}.`,
    "The controller manager and the scheduler were restarted with them and are ready; etcd and the API read them as they run.",
    `${adminConfig} is new, too: older copies of it stay valid until they end.`,
    ...adviceText(advice),
  ].join("\n");
}

function adviceText(advice: readonly string[]): readonly string[] {
  return advice.length === 0 ? [] : ["", "To do:", ...advice.map((line) => `  ${line}`)];
}
