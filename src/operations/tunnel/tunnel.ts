import { isIP } from "node:net";
import { AlpineK8sError } from "../../base/errors.js";
import type { Progress } from "../../base/progress.js";
import { listenLocally } from "../../kube/forward/local-listener.js";
import { serviceOpener } from "../../kube/forward/service-opener.js";
import type { ServiceRef } from "../../kube/forward/service-pod.js";
import type { KubeApi } from "../../kube/kube-api.js";

/** Where this computer listens. */
export interface TunnelInput {
  /** Port of this computer; absent: a free one. */
  readonly port?: number | undefined;
  /** Listens on this address of this computer instead of 127.0.0.1. */
  readonly insecureListen?: string | undefined;
  readonly progress: Progress;
}

/** A Service whose pods speak HTTP. */
export interface WebService extends ServiceRef {
  /** With `https` the certificate is mostly one that the pods made themselves. */
  readonly scheme: "http" | "https";
  /** Of its first page; `/` by default. */
  readonly path?: string;
}

/** A Service as this computer reaches it. */
export interface Tunnel {
  /** `http://127.0.0.1:40123/`. */
  readonly address: string;
  /** Warns, where others than this computer reach it. */
  readonly warn: (what: string) => void;
}

const LOOPBACK = "127.0.0.1";
const EVERYWHERE = ["0.0.0.0", "::"];

/** Connections to the pod at a time. */
const MOST = 100;
/** Through a master each takes one of the ten sessions that sshd allows; requests take up to four. */
const MOST_THROUGH_A_NODE = 5;

/** Throws `usage` for what is no address to listen on. */
export function checkListen({ insecureListen }: Pick<TunnelInput, "insecureListen">): void {
  if (insecureListen === undefined || isIP(insecureListen) !== 0) return;
  throw new AlpineK8sError("usage", `--insecure-listen ${insecureListen}: this is no IP address`, {
    hints: ["leave it out to listen on 127.0.0.1 alone", "all addresses of this computer: --insecure-listen 0.0.0.0"],
  });
}

/**
 * Makes the pods of a Service reachable at an address of this computer, through the API, while `body` runs; no connection
 * is left afterwards. Throws `prerequisite` for a port that is taken.
 */
export async function withTunnel<T>(
  { port: wanted = 0, insecureListen, progress }: TunnelInput,
  kube: KubeApi,
  service: WebService,
  body: (tunnel: Tunnel) => Promise<T>,
): Promise<T> {
  const host = insecureListen ?? LOOPBACK;
  let last = "";
  const onProblem = (problem: string): void => {
    // A browser tries again and again.
    if (problem !== last) progress.warn(problem);
    last = problem;
  };
  const most = kube.via === "node" ? MOST_THROUGH_A_NODE : MOST;
  const open = serviceOpener(kube, service);
  const listener = await listenLocally({ host, port: wanted, most, open, onProblem });
  try {
    const { port } = listener;
    const warn = (what: string): void => {
      if (insecureListen !== undefined) progress.warn(`everybody who reaches port ${port} of ${host} reaches ${what}`);
    };
    return await body({ address: addressOf(service, host, port), warn });
  } finally {
    await listener.close();
  }
}

function addressOf({ scheme, path = "/" }: WebService, host: string, port: number): string {
  const shown = EVERYWHERE.includes(host) ? LOOPBACK : host;
  return `${scheme}://${isIP(shown) === 6 ? `[${shown}]` : shown}:${port}${path}`;
}
