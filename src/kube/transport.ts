import type { Duplex } from "node:stream";
import type { KubeObject } from "./kube-object.js";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

/** A port of a pod. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** How objects are applied. */
export interface ApplyHow {
  /** Takes fields that another manager owns; without it that is an answer with 409 and the conflicts. */
  readonly force: boolean;
  /** Only asks what would come of it. */
  readonly dryRun?: boolean;
}

/** One way to reach an API server. Failures to reach it are thrown as KubeError with status 0. */
export interface KubeTransport {
  readonly via: "direct" | "node";
  /** "https://10.250.250.2:6443", or "https://10.250.250.2:6443 through master1". */
  readonly description: string;
  get(path: string, options: RequestOptions): Promise<Answer>;
  delete(path: string, options: RequestOptions): Promise<Answer>;
  /** Sends a JSON document: a new object, or a merge patch (RFC 7386). */
  send(method: "POST" | "PATCH", path: string, document: object, options: RequestOptions): Promise<Answer>;
  /** Server-side apply of objects whose kinds the API knows, in this order; an answer for each. */
  apply(
    objects: readonly KubeObject[],
    fieldManager: string,
    options: RequestOptions & { readonly how: ApplyHow },
  ): Promise<readonly Answer[]>;
  /** A TCP connection to a port of a pod; the caller ends it. See `openForward`. */
  forward(to: PodPort, options: RequestOptions): Promise<Duplex>;
  /** Ends the connections that wait for the next request; streams of `forward` are not among them. */
  close(): void;
}
