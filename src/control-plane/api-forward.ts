import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { readCredentials } from "../kubeconfig/admin-config.js";
import type { RemoteHost } from "../remote/remote-host.js";
import type { ClusterContext } from "../engine/context.js";
import { apiAnswers } from "./api-answers.js";
import { connectApi } from "./connect-api.js";
import { masterIn } from "./living-master.js";
import type { PlannedNode } from "../model/topology/topology.js";
import { mastersToAsk } from "./masters.js";
import { masters } from "../nodes/nodes.js";
import { pinReporter } from "../engine/open-context.js";

/** A port of this computer that leads to the cluster's API, for kubectl. */
export interface ApiForward {
  /** Flags for kubectl, in addition to admin.config. */
  readonly flags: readonly string[];
  /** Whether it goes through another master than the one that admin.config leads to, which does not serve then. */
  readonly isOther: boolean;
  close(): Promise<void>;
}

/**
 * Makes an API reachable that this computer cannot reach itself: a port on its loopback, forwarded over ssh through a
 * master. `adminConfig` is the text of the folder's. Returns nothing when the API is reachable, when another way cannot
 * help, or when no master can be reached. It outlives the run; the caller closes it.
 */
export async function forwardApi(context: ClusterContext, adminConfig: string): Promise<ApiForward | undefined> {
  if (!mayHelp(context)) return undefined;
  const { serverName = "kubernetes", server } = readCredentials(adminConfig);
  if (await apiAnswers(context, adminConfig)) return undefined;
  const named = masterIn(context.topology, adminConfig);
  const host = await connectMaster(context, adminConfig, named);
  if (host === undefined) return undefined;
  const listener = await listen(host, Number(new URL(server).port));
  const { port } = listener.address() as AddressInfo;
  return {
    flags: [`--server=https://127.0.0.1:${port}`, `--tls-server-name=${serverName}`],
    isOther: named !== undefined && host.name !== named,
    close: async () => {
      listener.close();
      await host.close();
    },
  };
}

/** Where this computer's own way is as good as any, only another master may help. */
function mayHelp({ machines, topology }: ClusterContext): boolean {
  return !machines.capabilities.inOurNetwork || masters(topology).further.length > 0;
}

/** The first master that answers by ssh and, if there are several, has a ready API; undefined when none does. */
async function connectMaster(
  context: ClusterContext,
  adminConfig: string,
  named: string | undefined,
): Promise<RemoteHost | undefined> {
  const { tools, machines, paths, signal, log, progress } = context;
  const isNamed = ({ name }: PlannedNode): boolean => name === named;
  const all = mastersToAsk(context);
  const nodes = [...all.filter(isNamed), ...all.filter((node) => !isNamed(node))];
  for (const node of nodes) {
    try {
      const target = (await machines.directTarget(node)) ?? (await machines.target(node));
      const host = await tools.connect(target, {
        ...{ paths, signal, patience: 0 },
        log: (line) => log.write(node.name, line),
        onPinned: pinReporter(progress),
      });
      if (nodes.length === 1 || (await hasApi(context, adminConfig, host))) return host;
      await host.close();
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
}

async function hasApi(context: ClusterContext, kubeconfig: string, through: RemoteHost): Promise<boolean> {
  const kube = await connectApi(context, { kubeconfig, through });
  try {
    return (await kube.readyz(context.signal)) === undefined;
  } catch {
    return false;
  } finally {
    kube.close();
  }
}

function listen(host: RemoteHost, port: number): Promise<Server> {
  const listener = createServer((here: Socket) => {
    here.on("error", () => here.destroy());
    host.openPort(host.name, port).then(
      (there) => {
        there.on("error", () => here.destroy());
        here.on("close", () => there.destroy());
        here.pipe(there).pipe(here);
      },
      () => here.destroy(),
    );
  });
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", () => resolve(listener));
  });
}
