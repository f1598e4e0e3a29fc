import { once } from "node:events";
import { messageOf } from "../../base/errors.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { checkListen, withTunnel, type Tunnel, type TunnelInput } from "../tunnel/tunnel.js";
import { accountName, withAccess, type Account, type Role } from "./access.js";
import { runningDashboard, type Dashboard } from "./find-dashboard.js";

export interface DashboardInput extends RunInput, TunnelInput {
  readonly role: Role;
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

/** Milliseconds for taking the account away at the end. */
const UNMAKE_LIMIT = 15_000;

/**
 * Makes the cluster's dashboard reachable at an address of this computer, with a token for an hour, until the signal
 * aborts: then it throws the signal's reason. In every case it leaves neither the account of the token nor a
 * connection. Throws as `runningDashboard` does, `usage` for what is no address, `prerequisite` for a port that is
 * taken, and KubeError when the API refuses.
 */
export async function openDashboard(input: DashboardInput): Promise<never> {
  checkListen(input);
  return withRun(input, { command: "dashboard", lock: false }, async ({ context }) => {
    const kube = await connectApi(context, "required");
    const dashboard = await runningDashboard(context, kube);
    return withTunnel(input, kube, dashboard, (tunnel) => serve(input, kube, dashboard, tunnel));
  });
}

async function serve(
  { role, progress, signal, onOpen }: DashboardInput,
  kube: KubeApi,
  dashboard: Dashboard,
  { address, warn }: Tunnel,
): Promise<never> {
  const account: Account = { namespace: dashboard.namespace, role };
  const unmake = (): AbortSignal => AbortSignal.timeout(UNMAKE_LIMIT);
  const onLeft = (error: unknown): void => progress.warn(leftBehind(account, error));
  return withAccess(kube, account, { signal, unmake, onLeft }, async ({ token, expires }) => {
    signal.throwIfAborted();
    warn("the dashboard; it asks for the token");
    onOpen({ address, token, expires });
    if (!signal.aborted) await once(signal, "abort");
    throw signal.reason;
  });
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
