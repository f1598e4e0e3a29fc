import type { RemoteHost } from "../remote/remote-host.js";
import { directTransport, type DirectAccess, type Tunnel } from "./direct-transport.js";
import { kubeApi, type KubeApi } from "./kube-api.js";
import { errorFromAnswer, KubeError } from "./kube-error.js";
import type { Answer, KubeTransport } from "./transport.js";
import { systemClock } from "../base/wait.js";

export interface KubeConnection {
  readonly direct: DirectAccess;
  /** A master to go through when this computer does not reach the API; nothing: fail instead. */
  readonly through: RemoteHost | undefined;
  /** Milliseconds to connect, default 5 000: a busy emulated machine takes seconds for TLS alone. */
  readonly connectTimeout?: number;
  /** Milliseconds for one request, default 30 000. */
  readonly timeout?: number;
  /**
   * Milliseconds for which an API that forbids everything is taken for one that starts, default 30 000: until it has read
   * the roles, nobody but system:masters may do anything (kubernetes/kubernetes#101422).
   */
  readonly starting?: number;
  readonly signal?: AbortSignal;
}

/** Milliseconds to connect through a node: an ssh channel and a program there come first, on machines that may be slow. */
const TUNNEL_TIMEOUT = 15_000;

/**
 * The cluster's API: directly when it answers within the connect time-out, else by a connection that starts on the given
 * master, with the reason in `whyNotDirect`. Without a master to go through, or when the API does not take our
 * certificate, it throws that as a KubeError.
 */
export async function connectKube(connection: KubeConnection): Promise<KubeApi> {
  const limits = { connect: connection.connectTimeout ?? 5_000, request: connection.timeout ?? 30_000 };
  const transport = directTransport(connection.direct, limits);
  try {
    const answer = await askWhetherReady(transport, connection);
    // Not being ready is no reason to go another way; not being let in is.
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

/** The tunnel ends at the master's own API, by its own name, which is in its hosts file: another master may be gone. */
function tunnelOf(through: RemoteHost, { direct }: KubeConnection): Tunnel {
  const { port } = new URL(direct.server);
  return {
    description: `through ${through.name}`,
    open: () => through.openPort(through.name, Number(port === "" ? 443 : port)),
  };
}
