import { POD_SECURITY_SINCE } from "../../access/objects.js";
import { requestLine } from "../../access/request-check.js";
import type { User, Wish } from "../../access/user.js";
import { wishOf, type Asked } from "../../access/wish.js";
import { AlpineK8sError, asKnown } from "../../base/errors.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { ClusterContext } from "../../engine/context.js";
import type { Plan } from "../../engine/item.js";
import type { RunInput } from "../../engine/run-input.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { withRun } from "../../engine/with-run.js";
import { minorOf } from "../../model/versions/kubernetes.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { configFile } from "./config-file.js";
import { lookBefore, type Giving } from "./giving.js";
import { giveRole, makeCredential, makeNamespace, noteUser, writeKubeconfig } from "./steps.js";
import { findUser, isWhole } from "./users.js";

export interface AddUserInput extends RunInput, Omit<Asked, "hasRequest"> {
  /** Path of a request for a certificate that was made elsewhere. */
  readonly csr: string | undefined;
  /** Path for the kubeconfig; undefined: `NAME.config` in the cluster's folder. */
  readonly file: string | undefined;
}

/** What a user has now; the shape of `user add|renew -o json`, documented in docs/json.md. */
export interface UserGiven {
  readonly cluster: string;
  readonly user: string;
  readonly role: string;
  readonly namespace: string | null;
  readonly quota: string | null;
  readonly kind: string;
  /** When it ends, as the token or certificate says: RFC 3339. */
  readonly expires: string;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  /** False when the user was there as asked for, and nothing was done. */
  readonly changed: boolean;
  /** What this does not do, or does otherwise than was asked for. */
  readonly notes: readonly string[];
}

const VERB = "user add";
const DAY = 24 * 3600_000;

/**
 * Gives somebody access: namespace, quota, a token or certificate, a kubeconfig, and at the end the role. For a user who
 * has all that already it does nothing. Can be run again after any interruption. Throws `usage` for what cannot be, for
 * another user of that name, and for a file that is in the way: then nothing was made.
 */
export async function addUser(input: AddUserInput): Promise<UserGiven> {
  return withRun(input, { command: VERB, subject: input.name, lock: true }, async ({ context }) => {
    const giving = await lookFirst(input, context);
    if ("there" in giving) return { ...summaryOf(context, giving.there, giving.path), changed: false, notes: [] };
    try {
      await runSteps(stepsOf(giving), context);
    } catch (error) {
      throw await withWayOn(error, giving, context);
    }
    return givenBy(context, giving);
  });
}

/** What {@link addUser} would do now; refuses what that refuses. */
export async function planAddUser(input: AddUserInput): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  return withRun(planning, { command: VERB, lock: false, isDryRun: true }, async ({ context }) => {
    const giving = await lookFirst(planning, context);
    const steps = "there" in giving ? [] : await planSteps(stepsOf(giving), context);
    return { command: VERB, cluster: context.identity.name, steps };
  });
}

function stepsOf(giving: Giving): readonly Step<ClusterContext>[] {
  return [noteUser(giving), makeCredential(giving), makeNamespace(giving), writeKubeconfig(giving), giveRole(giving)];
}

interface There {
  readonly there: User;
  readonly path: string;
}

async function lookFirst(input: AddUserInput, context: ClusterContext): Promise<Giving | There> {
  const { name, csr, file, namespace } = input;
  const minor = minorOf(context.identity.kubernetesVersion);
  const wish = wishOf({ ...input, hasRequest: csr !== undefined }, minor);
  const kube = await connectApi(context, "required");
  const before = await findUser(kube, name, context.signal);
  if (before !== undefined) {
    refuseOthers(before, wish);
    if (await isWhole(kube, before, context.signal)) {
      if (csr !== undefined) throw withRequest(before, csr);
      return { there: before, path: (await configFile(context, name, file)).path };
    }
  }
  return lookBefore(context, kube, { wish, before, minor, csr, takesForeign: namespace !== undefined, file });
}

/** Throws what differs between the user who is there and what was asked for. */
function refuseOthers(before: User, wish: Wish): void {
  const keys = ["role", "namespace", "quota", "kind", "days"] as const;
  const differing = keys.filter((key) => before[key] !== wish[key]);
  if (differing.length === 0) return;
  const shown = (value: string | number | null): string => (value === null ? "none" : String(value));
  const words = differing.map((key) => `${key} ${shown(before[key])}, not ${shown(wish[key])}`);
  const { name } = before;
  const hints =
    differing.join() === "days"
      ? [`alpine-k8s user renew ${name} --days ${shown(wish.days)}`]
      : ["alpine-k8s user list", `to change it: alpine-k8s user remove ${name}, then this command again`];
  throw new AlpineK8sError("conflict", `user ${name} is there already, and is another one: ${words.join("; ")}`, {
    hints,
  });
}

function withRequest({ name }: User, csr: string): AlpineK8sError {
  return new AlpineK8sError("conflict", `user ${name} is there already; ${csr} was not used`, {
    hints: [`alpine-k8s user renew ${name} --csr FILE`, `with a new request: ${requestLine(name)}`],
  });
}

/** The error, with what to type about what is there by now. */
async function withWayOn(error: unknown, { kube, wish: { name } }: Giving, context: ClusterContext): Promise<unknown> {
  const known = asKnown(error);
  if (known === undefined || context.signal.aborted) return error;
  const isLeft = await findUser(kube, name, context.signal).catch(() => undefined);
  if (isLeft === undefined) return known;
  const hints = [...known.hints, "to go on: the same command", `to take it back: alpine-k8s user remove ${name}`];
  return new AlpineK8sError(known.kind, known.message, {
    ...{ hints, cause: known },
    ...(known.node === undefined ? {} : { node: known.node }),
    ...(known.logFile === undefined ? {} : { logFile: known.logFile }),
  });
}

/** What a run of the steps has given. */
export function givenBy(context: ClusterContext, giving: Giving): UserGiven {
  const { wish, file, issued } = giving;
  const expires = issued.value?.expires ?? "";
  return { ...summaryOf(context, { ...wish, expires }, file.path), changed: true, notes: notesOf(giving, expires) };
}

function summaryOf({ identity }: ClusterContext, user: Wish & Pick<User, "expires">, kubeconfig: string) {
  const { name, role, namespace, quota, kind, expires } = user;
  return { cluster: identity.name, user: name, role, namespace, quota, kind, expires, kubeconfig };
}

function notesOf(giving: Giving, expires: string): readonly string[] {
  return [...namespaceNotes(giving), ...endNotes(giving, expires)];
}

function namespaceNotes({ wish, namespace: state, minor }: Giving): readonly string[] {
  const { namespace, quota } = wish;
  if (state === "foreign") {
    const all = `the quota counts all that is in namespace ${namespace ?? ""}, whoever made it`;
    return [
      `namespace ${namespace ?? ""} was there before: it is not labelled, and never deleted with the user`,
      ...(quota === null ? [] : [all]),
    ];
  }
  if (state === "none" || minor >= POD_SECURITY_SINCE) return [];
  return [
    `Kubernetes 1.${minor} has no pod security levels (they come with 1.${POD_SECURITY_SINCE}): ` +
      "nothing keeps the user's pods from getting at the nodes",
  ];
}

function endNotes({ wish, minor, request }: Giving, expires: string): readonly string[] {
  const { name, kind, days } = wish;
  // An hour for clocks that differ.
  const isShort = days !== null && Date.parse(expires) < Date.now() + days * DAY - 3_600_000;
  return [
    ...(isShort ? [`the cluster gives a ${kind} no ${days} day(s): it ends at ${expires}`] : []),
    ...(days === null ? [`Kubernetes 1.${minor} lets nobody choose a certificate's life: it ends at ${expires}`] : []),
    ...(request === undefined ? [] : [`the kubeconfig has no key: the colleague puts ${name}.key beside it`]),
  ];
}
