import { printable } from "../base/printable.js";
import { fieldsOf, groupsIn, statusConditions, textOf, type Fields } from "./fields.js";
import type { KubeObject } from "./kube-object.js";

/** Characters of one message: a runtime's may be long, and a container may write anything. */
const LONGEST = 300;

/** A container's status, as far as it is read. */
interface Container {
  readonly name: string;
  readonly isUnready: boolean;
  readonly restarts: number;
  readonly state: Fields;
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

/** What gRPC puts before a runtime's own words (grpc-go, status.Error). */
const GRPC_PREFIX = /rpc error: code = \w+ desc = /g;

/** What keeps the pod from being ready; undefined when nothing does, as far as its status says. */
export function troubleOf(pod: KubeObject): PodTrouble | undefined {
  const { initContainerStatuses, containerStatuses } = fieldsOf(pod["status"]);
  const all = [...groupsIn(initContainerStatuses), ...groupsIn(containerStatuses)].map(containerOf);
  const first = (find: (one: Container) => PodTrouble | undefined): PodTrouble | undefined =>
    all.map(find).find((found) => found !== undefined);
  return first(refused) ?? first(failing) ?? first(starting) ?? unscheduled(pod) ?? ended(pod);
}

function containerOf({ name, ready, restartCount, state }: Fields): Container {
  return {
    name: textOf(name) ?? "",
    isUnready: ready === false,
    restarts: typeof restartCount === "number" ? restartCount : 0,
    state: fieldsOf(state),
  };
}

/** A container that the runtime or the kubelet does not start. */
function refused({ name, state }: Container): PodTrouble | undefined {
  const waiting = fieldsOf(state["waiting"]);
  const reason = textOf(waiting["reason"]);
  if (reason === undefined || IN_ORDER.includes(reason)) return undefined;
  const words = sentence(reason, textOf(waiting["message"]));
  return reason === "CrashLoopBackOff" ? { words, log: { container: name, previous: false } } : { words };
}

/** A container that has ended with an error, or is up again after one and not ready. */
function failing({ name, isUnready, restarts, state }: Container): PodTrouble | undefined {
  const { exitCode, reason } = fieldsOf(state["terminated"]);
  if (typeof exitCode === "number" && exitCode !== 0) {
    const words = sentence(textOf(reason) ?? "Error", `${name} has ended with exit code ${exitCode}`);
    return { words, log: { container: name, previous: false } };
  }
  if (state["running"] === undefined || !isUnready || restarts === 0) return undefined;
  return { words: `${name} is not ready, restarts: ${restarts}`, log: { container: name, previous: true } };
}

function starting({ name, isUnready, state }: Container): PodTrouble | undefined {
  const reason = textOf(fieldsOf(state["waiting"])["reason"]);
  if (reason !== undefined) return { words: sentence(reason), hasEvents: true };
  return state["running"] !== undefined && isUnready
    ? { words: `${name} runs and is not ready`, hasEvents: true }
    : undefined;
}

function unscheduled(pod: KubeObject): PodTrouble | undefined {
  const scheduled = statusConditions(pod).find(({ type }) => type === "PodScheduled");
  return scheduled?.status === "False" ? { words: sentence("Unschedulable", scheduled.message) } : undefined;
}

/** A pod that its kubelet ended, for lack of disk space for example. */
function ended(pod: KubeObject): PodTrouble | undefined {
  const { phase, reason, message } = fieldsOf(pod["status"]);
  const why = textOf(reason);
  return phase === "Failed" && why !== undefined ? { words: sentence(why, textOf(message)) } : undefined;
}

/**
 * Reason and message in one line that is short and does no harm on a screen. What differs from pod to pod and from one
 * attempt to the next is left out, so that the same trouble has the same words.
 */
export function sentence(reason: string, message = ""): string {
  const [line = ""] = message.trim().split("\n");
  const told = printable(line)
    .replaceAll(GRPC_PREFIX, "")
    .replaceAll(/ pod=\S+/g, "")
    .replaceAll(/ "?[0-9a-f]{64}"?/g, "")
    .slice(0, LONGEST);
  const why = printable(reason).slice(0, LONGEST);
  return told === "" ? why : `${why}: ${told}`;
}

/** The last line of a log that says anything, short and harmless; empty when there is none. */
export function lastLine(log: string): string {
  const line = log.trim().split("\n").at(-1) ?? "";
  return printable(line).trim().slice(0, LONGEST);
}
