import type { KubeObject } from "../kube-object.js";

/** An image that a kubelet has pulled. */
export interface PulledImage {
  /** Name in Kubernetes of the node; null when the event does not tell. */
  readonly node: string | null;
  readonly image: string;
  /** Kubelets tell it from Kubernetes 1.30 on. */
  readonly bytes: number | null;
  readonly milliseconds: number | null;
  /** RFC 3339, by the clock of its node: when it was there. */
  readonly at: string;
}

/** What kubelets say of the images that they have pulled; by default the API keeps events for an hour. */
export const PULLED_EVENTS = `/api/v1/namespaces/kube-system/events?${new URLSearchParams({ fieldSelector: "reason=Pulled" }).toString()}`;

interface PulledEvent extends KubeObject {
  readonly message?: unknown;
  readonly source?: { readonly host?: unknown };
  readonly reportingInstance?: unknown;
  readonly lastTimestamp?: unknown;
  readonly eventTime?: unknown;
}

/** Reads an event of reason Pulled; undefined for an image that was there already, and for what is no such event. */
export function pulledImage(event: PulledEvent): PulledImage | undefined {
  const { message, source, reportingInstance } = event;
  if (typeof message !== "string") return undefined;
  const [, image, took = ""] = /^Successfully pulled image "([^"\s]+)"(?: in (\S+))?/.exec(message) ?? [];
  const at = [event.lastTimestamp, event.eventTime].find((time) => typeof time === "string");
  if (image === undefined || at === undefined || Number.isNaN(Date.parse(at))) return undefined;
  const [, size] = /\bImage size: (\d{1,15}) bytes/.exec(message) ?? [];
  const node = [source?.host, reportingInstance].find((name) => typeof name === "string" && name !== "");
  return {
    ...{ node: typeof node === "string" ? node : null, image, at },
    ...{ bytes: size === undefined ? null : Number(size), milliseconds: goDuration(took) },
  };
}

const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  µs: 0.001,
  us: 0.001,
  ns: 0,
};

/** Milliseconds of a duration as Go prints it, `1m2.5s`; null for what is none. */
function goDuration(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|µs|us|ns))+\.?$/.test(text)) return null;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|µs|us|ns)/g)];
  return Math.round(parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNITS[unit] ?? 0), 0));
}
