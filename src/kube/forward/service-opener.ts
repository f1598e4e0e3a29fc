import type { Duplex } from "node:stream";
import type { KubeApi } from "../kube-api.js";
import { KubeError } from "../kube-error.js";
import type { PodPort } from "../transport.js";
import { readyPodOf, type ServiceRef } from "./service-pod.js";

/**
 * Makes a function that opens one connection after the other to a ready pod behind a Service. It stays with the pod that
 * it has found, and looks for another when that one is gone or a connection to it failed. The function throws a KubeError
 * when no pod is ready or the connection cannot be opened.
 */
export function serviceOpener(kube: KubeApi, service: ServiceRef): (signal: AbortSignal) => Promise<Duplex> {
  let known: PodPort | undefined;
  const open = async (to: PodPort, signal: AbortSignal): Promise<Duplex> => {
    const forget = (): void => {
      if (known === to) known = undefined;
    };
    try {
      const stream = await kube.forward(to, signal);
      return stream.once("error", forget);
    } catch (error) {
      forget();
      throw error;
    }
  };
  return async (signal) => {
    if (known !== undefined) {
      const stream = await open(known, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (stream !== undefined) return stream;
    }
    const found = await readyPodOf(kube, service, signal);
    if (typeof found === "string") throw new KubeError("opening a connection", 0, "", found);
    known = found;
    return open(found, signal);
  };
}
