import { printable } from "../base/printable.js";
import type { KubeObject } from "./kube-object.js";

/** Characters of one message: a runtime's may be long, and a container may write anything. */
const LONGEST = 300;

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: object;
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
}

interface ContainerStatus {
  readonly name?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
}

interface PodParts {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** What keeps a pod from being ready, by its status, and where the API knows more of it. */
export interface PodTrouble {
  /** `ImagePullBackOff: Back-off pulling image "a"`. */
  readonly words: string;
  /** The pod's events tell, such as which image is being pulled. */
  readonly hasEvents?: true;
  /** The log of this container tells; `previous`: that of its last run. */
  readonly log?: { readonly container: string; readonly previous: boolean };
}

/** Reasons for waiting that are normal while a container starts. */
const IN_ORDER = ["ContainerCreating", "PodInitializing"];

/** What keeps the pod from being ready; undefined when nothing does, as far as its status says. */
export function troubleOf(pod: KubeObject): PodTrouble | undefined {
  const { status } = pod as PodParts;
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const first = (find: (one: ContainerStatus) => PodTrouble | undefined): PodTrouble | undefined =>
    all.map(find).find((found) => found !== undefined);
  return first(refused) ?? first(failing) ?? first(starting) ?? unscheduled(status) ?? ended(status);
}

/** A container that the runtime or the kubelet does not start. */
function refused({ name = "", state }: ContainerStatus): PodTrouble | undefined {
  const { reason, message } = state?.waiting ?? {};
  if (reason === undefined || IN_ORDER.includes(reason)) return undefined;
  const words = sentence(reason, message);
  return reason === "CrashLoopBackOff" ? { words, log: { container: name, previous: false } } : { words };
}

/** A container that has ended with an error, or is up again after one and not ready. */
function failing({ name = "", ready, restartCount = 0, state }: ContainerStatus): PodTrouble | undefined {
  const { terminated, running } = state ?? {};
  if (terminated !== undefined && terminated.exitCode !== 0) {
    const words = sentence(
      terminated.reason ?? "Error",
      `${name} has ended with exit code ${terminated.exitCode ?? "?"}`,
    );
    return { words, log: { container: name, previous: false } };
  }
  if (running === undefined || ready !== false || restartCount === 0) return undefined;
  return { words: `${name} is not ready, restarts: ${restartCount}`, log: { container: name, previous: true } };
}

function starting({ name = "", ready, state }: ContainerStatus): PodTrouble | undefined {
  const reason = state?.waiting?.reason;
  if (reason !== undefined) return { words: reason, hasEvents: true };
  return state?.running !== undefined && ready === false
    ? { words: `${name} runs and is not ready`, hasEvents: true }
    : undefined;
}

function unscheduled(status: PodParts["status"]): PodTrouble | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  return scheduled?.status === "False" ? { words: sentence("Unschedulable", scheduled.message) } : undefined;
}

/** A pod that its kubelet ended, for lack of disk space for example. */
function ended(status: PodParts["status"]): PodTrouble | undefined {
  return status?.phase === "Failed" && status.reason !== undefined
    ? { words: sentence(status.reason, status.message) }
    : undefined;
}

/**
 * Reason and message in one line that is short and does no harm on a screen. What differs from pod to pod and from one
 * attempt to the next is left out, so that the same trouble has the same words.
 */
export function sentence(reason: string, message = ""): string {
  const [line = ""] = message.trim().split("\n");
  const told = printable(line)
    .replaceAll(/ pod=\S+/g, "")
    .replaceAll(/ "?[0-9a-f]{64}"?/g, "")
    .slice(0, LONGEST);
  return told === "" ? printable(reason) : `${printable(reason)}: ${told}`;
}

/** The last line of a log that says anything, short and harmless; empty when there is none. */
export function lastLine(log: string): string {
  const line = log.trim().split("\n").at(-1) ?? "";
  return printable(line).trim().slice(0, LONGEST);
}
