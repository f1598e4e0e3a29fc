import type { RemoteHost } from "../remote/remote-host.js";
import { directTransport, type DirectAccess, type Tunnel } from "./direct-transport.js";
import { kubeApi, type KubeApi } from "./kube-api.js";
import { canReach } from "../remote/can-reach.js";
import { errorFromAnswer, KubeError, unreachable } from "./kube-error.js";
import type { Answer, KubeTransport } from "./transport.js";
import { systemClock } from "../base/wait.js";

export interface KubeConnection {
  readonly direct: DirectAccess;
  /** The master to go through when this computer does not reach the API; undefined: fail instead. */
  readonly through: RemoteHost | undefined;
  /** Milliseconds to connect, default 5 000: a busy emulated machine takes seconds for TLS alone. */
  readonly connectTimeout?: number;
  /** Milliseconds within which it has to take a connection at all; absent: as long as for connecting. */
  readonly acceptTimeout?: number;
  /** Milliseconds for one request, default 30 000. */
  readonly timeout?: number;
  /**
   * Milliseconds for which an API that answers 403 counts as starting, default 30 000: until it has read the roles, it
   * forbids everything to all but system:masters (kubernetes/kubernetes#101422).
   */
  readonly starting?: number;
  readonly signal?: AbortSignal;
}

/** Milliseconds to connect through a node: the ssh channel and a program there, on a slow machine, start first. */
const TUNNEL_TIMEOUT = 15_000;

/**
 * Connects to the cluster's API: directly when it answers within the connect time-out, else through the given master,
 * with the reason in `whyNotDirect`. Throws the KubeError of the direct attempt when there is no master to go through,
 * or when the API refuses our certificate.
 */
export async function connectKube(connection: KubeConnection): Promise<KubeApi> {
  const limits = { connect: connection.connectTimeout ?? 5_000, request: connection.timeout ?? 30_000 };
  await demandAccepted(connection);
  const transport = directTransport(connection.direct, limits);
  try {
    const answer = await askWhetherReady(transport, connection);
    // An API that is not ready is used all the same; one that refuses us would refuse us through a node, too.
    if (answer.status !== 401 && answer.status !== 403) return kubeApi(transport);
    throw errorFromAnswer(transport.description, answer.status, answer.body);
  } catch (error) {
    transport.close();
    const { through } = connection;
    if (!(error instanceof KubeError) || error.status !== 0 || through === undefined) throw error;
    const tunnelled = directTransport(
      connection.direct,
      { ...limits, connect: TUNNEL_TIMEOUT },
      tunnelOf(through, connection),
    );
    return kubeApi(tunnelled, { whyNotDirect: error.message });
  }
}

/** A computer that is off refuses nothing: whoever only wants to look does not wait for it. */
async function demandAccepted({ direct: { server }, acceptTimeout }: KubeConnection): Promise<void> {
  if (acceptTimeout === undefined) return;
  const { hostname, port } = new URL(server);
  if (await canReach(hostname, Number(port === "" ? 443 : port), acceptTimeout)) return;
  throw unreachable(server, `no connection within ${acceptTimeout / 1000} s`);
}

async function askWhetherReady(
  transport: KubeTransport,
  { signal, starting = 30_000 }: KubeConnection,
): Promise<Answer> {
  const begun = systemClock.now();
  for (;;) {
    const answer = await transport.get("/readyz", signal === undefined ? {} : { signal });
    if (answer.status !== 403 || systemClock.now() - begun > starting) return answer;
    await systemClock.sleep(Math.min(1_000, starting), signal);
  }
}

/** Goes to the master's own API server, because another master may be gone; its name is in its own hosts file. */
function tunnelOf(through: RemoteHost, { direct }: KubeConnection): Tunnel {
  const { port } = new URL(direct.server);
  return {
    description: `through ${through.name}`,
    open: () => through.openPort(through.name, Number(port === "" ? 443 : port)),
  };
}
