import { AlpineK8sError, messageOf } from "../base/errors.js";
import type { ClusterContext } from "../engine/context.js";
import { KubeError } from "../kube/kube-error.js";
import type { PlannedNode } from "../model/topology/topology.js";
import { mastersToAsk } from "./masters.js";

/** Milliseconds without the API and without ssh to any master after which a wait ends; a reboot takes less. */
const GONE = 90_000;

type Context = Pick<ClusterContext, "topology" | "api" | "machines" | "tools" | "paths" | "signal" | "identity">;

/**
 * Makes a function for waits that ask the API: it gets the error of each question that failed, and returns the reason
 * to wait on. Throws `node` when for 90 seconds neither the API has said anything nor a master let us in by ssh: then
 * nothing comes by itself, as when the machines have lost their power.
 */
export function lostClusterWatch(context: Context): (error: unknown) => Promise<string> {
  const { clock } = context.tools;
  let since: number | undefined;
  return async (error) => {
    const message = messageOf(error);
    if (!(error instanceof KubeError) || error.status !== 0 || (await anyAnswers(context))) {
      since = undefined;
      return message;
    }
    since ??= clock.now();
    const names = mastersToAsk(context).map(({ name }) => name);
    const gone = clock.now() - since;
    if (gone >= GONE) throw lost(context, names, gone, message);
    return `${message}; ${names.join(", ")} ${names.length === 1 ? "does" : "do"} not answer by ssh either`;
  };
}

function lost({ identity }: Context, names: readonly string[], milliseconds: number, message: string): AlpineK8sError {
  const seconds = Math.round(milliseconds / 1000);
  const what = names.length === 1 ? names.join("") : `any master (${names.join(", ")})`;
  const start = identity.provider === "hosts" ? "switch the machines on, then: alpine-k8s up" : "alpine-k8s up";
  return new AlpineK8sError(
    "node",
    `for ${seconds} s neither the API has answered nor ${what} by ssh: are the machines still on? The API: ${message}`,
    { hints: ["alpine-k8s status", start] },
  );
}

/** Whether a master lets us in by ssh now; a connection from before says nothing of it. */
async function anyAnswers(context: Context): Promise<boolean> {
  const answers = await Promise.all(mastersToAsk(context).map((node) => answersBySsh(context, node)));
  return answers.includes(true);
}

async function answersBySsh({ machines, tools, paths, signal }: Context, node: PlannedNode): Promise<boolean> {
  try {
    const target = (await machines.directTarget(node)) ?? (await machines.target(node));
    const options = { paths, signal, patience: 0, pins: false, log: () => undefined, onPinned: () => undefined };
    await (await tools.connect(target, options)).close();
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
