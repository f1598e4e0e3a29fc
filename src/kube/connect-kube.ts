import type { RemoteHost } from "../remote/remote-host.js";
import { directTransport, type DirectAccess } from "./direct-transport.js";
import { kubeApi, type KubeApi } from "./kube-api.js";
import { errorFromAnswer, KubeError } from "./kube-error.js";
import { nodeTransport } from "./node-transport.js";

export interface KubeConnection {
  readonly direct: DirectAccess;
  /** A master to go through when this computer does not reach the API; nothing: fail instead. */
  readonly through: RemoteHost | undefined;
  /** Milliseconds to connect, default 2 000. */
  readonly connectTimeout?: number;
  /** Milliseconds for one request, default 30 000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * The cluster's API: directly when it answers within the connect time-out and takes our certificate, else through
 * kubectl on the given master, with the reason in `whyNotDirect`. Without a master to go through it throws that reason
 * as a KubeError.
 */
export async function connectKube(connection: KubeConnection): Promise<KubeApi> {
  const limits = { connect: connection.connectTimeout ?? 2_000, request: connection.timeout ?? 30_000 };
  const transport = directTransport(connection.direct, limits);
  try {
    const answer = await transport.get("/readyz", connection.signal === undefined ? {} : { signal: connection.signal });
    // Not being ready is no reason to go another way; not being let in is.
    if (answer.status !== 401 && answer.status !== 403) return kubeApi(transport);
    throw errorFromAnswer(transport.description, answer.status, answer.body);
  } catch (error) {
    transport.close();
    if (!(error instanceof KubeError) || connection.through === undefined) throw error;
    return kubeApi(nodeTransport(connection.through), { whyNotDirect: error.message });
  }
}
