import { once } from "node:events";
import { isIP } from "node:net";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";
import { listenLocally, type LocalListener } from "../../kube/forward/local-listener.js";
import { serviceOpener } from "../../kube/forward/service-opener.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { accountName, withAccess, type Account, type Role } from "./access.js";
import { runningDashboard, type Dashboard } from "./find-dashboard.js";

export interface DashboardInput extends RunInput {
  readonly role: Role;
  /** Port of this computer; absent: a free one. */
  readonly port?: number | undefined;
  /** Listens on this address of this computer instead of 127.0.0.1. */
  readonly insecureListen?: string | undefined;
  /** Called once the dashboard can be used. */
  readonly onOpen: (opened: OpenedDashboard) => void;
}

/** The shape of `dashboard -o json`, documented in docs/json.md. */
export interface OpenedDashboard {
  /** `http://127.0.0.1:40123/`. */
  readonly address: string;
  readonly token: string;
  /** When the token ends: RFC 3339. */
  readonly expires: string;
}

const LOOPBACK = "127.0.0.1";
const EVERYWHERE = ["0.0.0.0", "::"];

/** Connections to the pod at a time. */
const MOST = 100;
/** Through a master each takes one of the ten sessions that sshd allows; requests take up to four. */
const MOST_THROUGH_A_NODE = 5;

/** Milliseconds for taking the account away at the end. */
const UNMAKE_LIMIT = 15_000;

/**
 * Makes the cluster's dashboard reachable at an address of this computer, with a token for an hour, until the signal
 * aborts: then it throws the signal's reason. In every case it leaves neither the account of the token nor a
 * connection. Throws as `runningDashboard` does, `usage` for what is no address, `prerequisite` for a port that is
 * taken, and KubeError when the API refuses.
 */
export async function openDashboard(input: DashboardInput): Promise<never> {
  const host = hostOf(input.insecureListen);
  return withRun(input, { command: "dashboard", lock: false }, async ({ context }) => {
    const kube = await connectApi(context, "required");
    const dashboard = await runningDashboard(context, kube);
    const listener = await listen(input, kube, dashboard, host);
    try {
      return await serve(input, kube, dashboard, { host, port: listener.port });
    } finally {
      await listener.close();
    }
  });
}

function hostOf(address: string | undefined): string {
  if (address === undefined) return LOOPBACK;
  if (isIP(address) !== 0) return address;
  throw new AlpineK8sError("usage", `--insecure-listen ${address}: this is no IP address`, {
    hints: ["leave it out to listen on 127.0.0.1 alone", "all addresses of this computer: --insecure-listen 0.0.0.0"],
  });
}

function listen(
  { port = 0, progress }: DashboardInput,
  kube: KubeApi,
  dashboard: Dashboard,
  host: string,
): Promise<LocalListener> {
  let last = "";
  const onProblem = (problem: string): void => {
    // A browser tries again and again.
    if (problem !== last) progress.warn(problem);
    last = problem;
  };
  const most = kube.via === "node" ? MOST_THROUGH_A_NODE : MOST;
  return listenLocally({ host, port, most, open: serviceOpener(kube, dashboard), onProblem });
}

async function serve(
  { role, progress, signal, onOpen, insecureListen }: DashboardInput,
  kube: KubeApi,
  dashboard: Dashboard,
  at: { readonly host: string; readonly port: number },
): Promise<never> {
  const account: Account = { namespace: dashboard.namespace, role };
  const unmake = (): AbortSignal => AbortSignal.timeout(UNMAKE_LIMIT);
  const onLeft = (error: unknown): void => progress.warn(leftBehind(account, error));
  return withAccess(kube, account, { signal, unmake, onLeft }, async ({ token, expires }) => {
    signal.throwIfAborted();
    if (insecureListen !== undefined) progress.warn(reachable(at));
    onOpen({ address: addressOf(dashboard, at), token, expires });
    if (!signal.aborted) await once(signal, "abort");
    throw signal.reason;
  });
}

function addressOf({ scheme }: Dashboard, { host, port }: { host: string; port: number }): string {
  const shown = EVERYWHERE.includes(host) ? LOOPBACK : host;
  return `${scheme}://${isIP(shown) === 6 ? `[${shown}]` : shown}:${port}/`;
}

function reachable({ host, port }: { host: string; port: number }): string {
  return `everybody who reaches port ${port} of ${host} reaches the dashboard; it asks for the token`;
}

function leftBehind({ namespace, role }: Account, error: unknown): string {
  const name = accountName(role);
  return [
    `ServiceAccount ${namespace}/${name} was not taken away: ${messageOf(error)}`,
    "its token ends within an hour; take it away with:",
    `alpine-k8s kubectl -- -n ${namespace} delete serviceaccount ${name}`,
    `alpine-k8s kubectl -- delete clusterrolebinding ${name}`,
  ].join("\n  ");
}
