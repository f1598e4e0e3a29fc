import { once } from "node:events";
import { demandEntry, type Catalogue } from "../../addons/catalogue/catalogue.js";
import { AlpineK8sError } from "../../base/errors.js";
import { until } from "../../base/wait.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { ClusterContext } from "../../engine/context.js";
import type { RunInput } from "../../engine/run-input.js";
import { tellWait } from "../../engine/tell-wait.js";
import { withRun } from "../../engine/with-run.js";
import { readyPodOf } from "../../kube/forward/service-pod.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { checkListen, withTunnel, type TunnelInput, type WebService } from "../tunnel/tunnel.js";

export interface OpenAddonInput extends RunInput, TunnelInput {
  readonly name: string;
  /** Called once its pages can be used. */
  readonly onOpen: (opened: OpenedAddon) => void;
}

/** The shape of `addons open -o json`, documented in docs/json.md. */
export interface OpenedAddon {
  readonly addon: string;
  /** `http://127.0.0.1:40123/`. */
  readonly address: string;
}

/** Milliseconds for an add-on that was just brought: its image is pulled first. */
const PATIENCE = 60_000;

/**
 * Makes an add-on's pages reachable at an address of this computer until the signal aborts: then it throws the signal's
 * reason, and no connection is left. Throws `usage` for an add-on that is unknown, has no pages, or is not in the spec, and
 * `timeout` when no pod of it is ready in a minute.
 */
export async function openAddon(input: OpenAddonInput): Promise<never> {
  const { name, signal, onOpen } = input;
  checkListen(input);
  return withRun(input, { command: "addons open", lock: false }, async ({ context }) => {
    const service = pagesOf(await context.catalogue(), name);
    demandEnabled(context, name);
    const kube = await connectApi(context, "required");
    await awaitPod(context, kube, { name, service });
    return withTunnel(input, kube, service, async ({ address, warn }) => {
      signal.throwIfAborted();
      warn(`the pages of ${name}`);
      onOpen({ addon: name, address });
      if (!signal.aborted) await once(signal, "abort");
      throw signal.reason;
    });
  });
}

/** The Service behind which an add-on's pages are; those of a manifest of the user's own are where its entry has them. */
function pagesOf(catalogue: Catalogue, name: string): WebService {
  const { opens } = demandEntry(catalogue, name);
  if (opens !== undefined) return { ...opens, name: opens.service };
  throw new AlpineK8sError("usage", `${name} has no pages to open`, { hints: [`alpine-k8s addons status ${name}`] });
}

function demandEnabled({ spec }: ClusterContext, name: string): void {
  if (spec.addons.some((addon) => addon.name === name)) return;
  throw new AlpineK8sError("usage", `${name} is not enabled`, { hints: [`alpine-k8s addons enable ${name}`] });
}

async function awaitPod(
  context: ClusterContext,
  kube: KubeApi,
  { name, service }: { readonly name: string; readonly service: WebService },
): Promise<void> {
  const { signal, tools } = context;
  await until({
    ...{ what: `a pod of ${name}`, every: 1_000, atMost: PATIENCE, signal, clock: tools.clock },
    hints: [`alpine-k8s addons status ${name}`],
    check: async () => {
      const pod = await readyPodOf(kube, service, signal);
      return typeof pod === "string" ? pod : undefined;
    },
    onReason: (reason) => tellWait(context, reason),
  });
  tellWait(context, undefined);
}
