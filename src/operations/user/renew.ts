import { requestLine } from "../../access/request-check.js";
import { checkName, daysOf } from "../../access/wish.js";
import { AlpineK8sError } from "../../base/errors.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { ClusterContext } from "../../engine/context.js";
import type { Plan } from "../../engine/item.js";
import type { RunInput } from "../../engine/run-input.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { withRun } from "../../engine/with-run.js";
import { minorOf } from "../../model/versions/kubernetes.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { givenBy, type UserGiven } from "./add.js";
import { lookBefore, type Giving } from "./giving.js";
import { giveRole, makeCredential, makeNamespace, noteUser, writeKubeconfig } from "./steps.js";
import { demandUser } from "./users.js";

export interface RenewUserInput extends RunInput {
  readonly name: string;
  /** Undefined: as many as last time. */
  readonly days: number | undefined;
  readonly csr: string | undefined;
  readonly file: string | undefined;
}

/** The shape of `user renew -o json`, documented in docs/json.md. */
export interface UserRenewed extends UserGiven {
  /** Until when an old certificate is still accepted, without any right; null for a token, which is not. */
  readonly oldAuthenticatesUntil: string | null;
}

const VERB = "user renew";

/**
 * Gives a user a new token or certificate, writes the kubeconfig anew, and ends what the one of before may do. Puts back
 * what somebody has deleted of namespace, quota and role. Can be run again after any interruption. Throws `usage` for an
 * unknown user, a file that is in the way, and a request that does not fit.
 */
export async function renewUser(input: RenewUserInput): Promise<UserRenewed> {
  return withRun(input, { command: VERB, subject: input.name, lock: true }, async ({ context }) => {
    const giving = await lookFirst(input, context);
    await runSteps(stepsOf(giving), context);
    const { before } = giving;
    const old = before?.kind === "certificate" && Date.parse(before.expires) > Date.now() ? before.expires : null;
    return { ...givenBy(context, giving), oldAuthenticatesUntil: old };
  });
}

/** What {@link renewUser} would do now; refuses what that refuses. */
export async function planRenewUser(input: RenewUserInput): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  return withRun(planning, { command: VERB, lock: false, isDryRun: true }, async ({ context }) => {
    const steps = await planSteps(stepsOf(await lookFirst(planning, context)), context);
    return { command: VERB, cluster: context.identity.name, steps };
  });
}

function stepsOf(giving: Giving): readonly Step<ClusterContext>[] {
  return [noteUser(giving), makeCredential(giving), makeNamespace(giving), writeKubeconfig(giving), giveRole(giving)];
}

async function lookFirst({ name, days, csr, file }: RenewUserInput, context: ClusterContext): Promise<Giving> {
  checkName(name);
  const minor = minorOf(context.identity.kubernetesVersion);
  const kube = await connectApi(context, "required");
  const before = await demandUser(kube, name, context.signal);
  if (csr !== undefined && before.kind === "token") {
    throw new AlpineK8sError("usage", `user ${name} has tokens, and --csr is a request for a certificate`, {
      hints: [`alpine-k8s user renew ${name}`],
    });
  }
  if (csr === undefined && before.key === "elsewhere") {
    throw new AlpineK8sError("usage", `the key of user ${name} is not here: a new certificate needs a request`, {
      hints: [
        `alpine-k8s user renew ${name} --csr FILE`,
        `to make one, on the colleague's computer: ${requestLine(name)}`,
      ],
    });
  }
  // With a version that has no lifetimes nothing was chosen; one that has may have come since.
  const asked = days ?? before.days ?? undefined;
  const wish = { ...before, days: daysOf(asked, before.kind, minor) };
  const { role, namespace, quota, kind } = before;
  return lookBefore(context, kube, {
    wish: { name, role, namespace, quota, kind, days: wish.days },
    ...{ before, minor, csr, file, takesForeign: true },
  });
}
