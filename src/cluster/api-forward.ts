import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { readCredentials } from "../kubeconfig/admin-config.js";
import { KubeError } from "../kube/kube-error.js";
import { clusterPaths } from "../paths.js";
import type { RemoteHost } from "../remote/remote-host.js";
import type { ClusterContext } from "./context.js";
import { masters } from "./nodes.js";
import { openContext, pinReporter } from "./open-context.js";
import { readIdentity } from "./plan.js";
import { openRunLog } from "./run-log.js";
import type { UpInput } from "./up.js";

/** A port of this computer that leads to the cluster's API, for kubectl. */
export interface ApiForward {
  /** What kubectl is told besides admin.config. */
  readonly flags: readonly string[];
  close(): Promise<void>;
}

type ForwardInput = Pick<UpInput, "folder" | "tools" | "progress" | "signal"> & {
  /** Text of the folder's admin.config. */
  readonly adminConfig: string;
};

/**
 * Opens a way to an API that this computer does not reach: a port on its loopback whose connections go on from master1,
 * over ssh. Nothing when it does reach the API, or master1 cannot be reached either. The caller closes it.
 */
export async function forwardApi(input: ForwardInput): Promise<ApiForward | undefined> {
  // Machines made by Vagrant are in a network of this computer.
  if ((await readIdentity(input.folder))?.provider !== "hosts" || (await isReached(input))) return undefined;
  const log = openRunLog(clusterPaths(input.folder).logs, "kubectl");
  const { context } = await openContext({ ...input, overrides: {}, log });
  const host = await connectMaster(context).catch((): undefined => undefined);
  if (host === undefined) return undefined;
  const { serverName = "kubernetes", server } = readCredentials(input.adminConfig);
  const listener = await listen(host, serverName, Number(new URL(server).port));
  const { port } = listener.address() as AddressInfo;
  return {
    flags: [`--server=https://127.0.0.1:${port}`, `--tls-server-name=${serverName}`],
    close: async () => {
      listener.close();
      await host.close();
    },
  };
}

async function isReached({ tools, adminConfig, signal }: ForwardInput): Promise<boolean> {
  try {
    (await tools.kube({ adminConfig, through: undefined, signal })).close();
    return true;
  } catch (error) {
    if (error instanceof KubeError) return error.status !== 0;
    throw error;
  }
}

async function connectMaster({
  topology,
  machines,
  tools,
  paths,
  signal,
  log,
  progress,
}: ClusterContext): Promise<RemoteHost> {
  const { first } = masters(topology);
  const target = (await machines.directTarget(first)) ?? (await machines.target(first));
  return tools.connect(target, {
    ...{ paths, signal, patience: 0 },
    log: (line) => log.write(first.name, line),
    onPinned: pinReporter(progress),
  });
}

function listen(host: RemoteHost, name: string, port: number): Promise<Server> {
  const listener = createServer((here: Socket) => {
    here.on("error", () => here.destroy());
    host.openPort(name, port).then(
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
