import { certificateAdvice } from "../../control-plane/certificates/advice.js";
import { readIfExists } from "../../base/files.js";
import { readCredentials } from "../../kubeconfig/admin-config.js";
import {
  certificatesOf,
  judgeCertificate,
  type ClusterCertificate,
} from "../../control-plane/certificates/certificates.js";
import type { ClusterContext } from "../../engine/context.js";
import { lookingTools } from "../../nodes/looking-tools.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";

/** The shape of `certs status -o json`, documented in docs/json.md. */
export interface CertsStatus {
  readonly cluster: string;
  /** Every certificate looked at is readable and has not expired, and every node answered. */
  readonly healthy: boolean;
  readonly certificates: readonly ClusterCertificate[];
  /** Nodes that did not answer by ssh; their certificates are not in the list. */
  readonly unreachable: readonly string[];
  /** What to type, a line each; empty when nothing. */
  readonly advice: readonly string[];
}

const THIS_COMPUTER = "this computer";

/** Looks at every certificate of the cluster, here and on the nodes, in one round trip a node; changes nothing. */
export async function certsStatus(input: RunInput): Promise<CertsStatus> {
  const looking = { ...input, tools: lookingTools(input.tools) };
  return withRun(looking, { command: "certs status", lock: false }, ({ context }) => look(context));
}

async function look(context: ClusterContext): Promise<CertsStatus> {
  const now = new Date();
  const sessions = await context.fleet.observe();
  context.signal.throwIfAborted();
  const unreachable = context.topology.nodes.filter((_, index) => !sessions[index]).map((node) => node.name);
  const certificates = [
    ...(await localCertificates(context, now)),
    ...sessions.flatMap((session) => (session ? certificatesOf(session.node.name, session.facts, now) : [])),
  ];
  const pending = sessions.flatMap((session) => (session?.facts.renewalPending === true ? [session.node.name] : []));
  return {
    cluster: context.identity.name,
    healthy: unreachable.length === 0 && certificates.every(({ state }) => state === "ok" || state === "soon"),
    certificates,
    unreachable,
    advice: [
      ...pending.map((name) => `${name}: a renewal was cut off: alpine-k8s certs renew`),
      ...certificateAdvice(certificates),
      ...unreachable.map((name) => `${name} does not answer by ssh: alpine-k8s status`),
    ],
  };
}

async function localCertificates(context: ClusterContext, now: Date): Promise<readonly ClusterCertificate[]> {
  const { paths, secrets } = context;
  const config = await readIfExists(paths.adminConfig);
  const ca = {
    node: THIS_COMPUTER,
    file: paths.caCertificate,
    data: secrets.caCertificate,
    renewedBy: "nobody",
  } as const;
  const admin = { node: THIS_COMPUTER, file: paths.adminConfig, renewedBy: "alpine-k8s" } as const;
  return [
    judgeCertificate(ca, now),
    ...(config === undefined ? [] : [judgeCertificate({ ...admin, data: clientCertificate(config) }, now)]),
  ];
}

function clientCertificate(config: string): string {
  try {
    return readCredentials(config).certificate;
  } catch {
    return "";
  }
}
