import { homedir } from "node:os";
import { join } from "node:path";
import { localSystem } from "../base/local-system.js";
import { systemClock } from "../base/wait.js";
import type { CatalogueFileInput, Tools } from "../engine/tools.js";
import type { Connect } from "../machines/connect.js";
import type { HostKeyStore } from "../remote/host-keys.js";

/**
 * The real implementations: ssh, Vagrant, the cluster's API, the network. Each is loaded when it is first used: together
 * they take as long as a short command needs for all its work, and most commands use few of them.
 */
export function systemTools(): Tools {
  const tools: Tools = {
    clock: systemClock,
    computer: localSystem(),
    discoverDefaults: async (input) => {
      const { discoverDefaults } = await import("./discover-defaults.js");
      return discoverDefaults(tools, input);
    },
    connect: connect(),
    machines: async (input) => {
      const { systemMachines } = await import("./system-machines.js");
      return systemMachines(input);
    },
    kube: async ({ adminConfig, ...more }) => {
      const { readCredentials } = await import("../kubeconfig/read-credentials.js");
      const direct = readCredentials(adminConfig);
      const { connectKube } = await import("../kube/connect-kube.js");
      return connectKube({ direct, ...more });
    },
    fleet: async (input) => {
      const { NodeFleet } = await import("../nodes/node-fleet.js");
      return new NodeFleet(input);
    },
    manifest: async (input) => {
      const { addonManifest } = await import("../addons/addon-manifest.js");
      return addonManifest({ ...input, cacheFolder: cacheFolder(), env: process.env });
    },
    catalogueFile,
  };
  return tools;
}

function connect(): Connect {
  // All connections of a run share one store for each known_hosts file: it serialises concurrent pins.
  const stores = new Map<string, HostKeyStore>();
  return async (target, { paths, signal, log, onPinned, onReason, patience, pins }) => {
    const [{ connectSsh }, { openHostKeys, unwritten }] = await Promise.all([
      import("../remote/connect-ssh.js"),
      import("../remote/host-keys.js"),
    ]);
    const hostKeysOf = (path: string): HostKeyStore => {
      const store = stores.get(path) ?? openHostKeys(path, onPinned);
      stores.set(path, store);
      return store;
    };
    return connectSsh(target, {
      hostKeys: pins === false ? unwritten(openHostKeys(paths.knownHosts)) : hostKeysOf(paths.knownHosts),
      log,
      signal,
      // The network reports a machine that is off within seconds; a slow sshd may need longer to send its banner.
      connectTimeout: 15_000,
      retry: { atMost: patience, every: 1_000 },
      ...(onReason === undefined ? {} : { onReason }),
    });
  };
}

async function catalogueFile({ proxyCa, offline = false, ...input }: CatalogueFileInput): Promise<Buffer> {
  const { cachedFile } = await import("../addons/cached-file.js");
  const ways = ["bring the catalogue as a folder: spec.catalogues: [{folder: FOLDER}]"];
  return cachedFile({
    ...{ ...input, offline, ca: proxyCa, ways },
    ...{ cacheFolder: cacheFolder(), extension: "catalogue", env: process.env },
  });
}

function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "alpine-k8s", "manifests");
}
