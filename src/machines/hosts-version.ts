import { AlpineK8sError } from "../base/errors.js";
import { clusterPaths } from "../base/paths.js";
import type { HostEntry } from "../model/spec/cluster-spec.js";
import type { PlannedNode } from "../model/topology/topology.js";
import type { Connect } from "./connect.js";
import type { DiscoverInput } from "./discover.js";
import { hostsMachines } from "./hosts-machines.js";

// The version of the installed kubeadm, else the one in the release's repositories. Changes nothing.
const SCRIPT = `
if command -v kubeadm >/dev/null 2>&1; then kubeadm version -o short
elif command -v apk >/dev/null 2>&1; then apk policy kubeadm 2>/dev/null | sed -n 's/^ *\\([0-9][0-9.]*\\)-r[0-9]*:.*/v\\1/p' | tail -n 1
fi
`;

/**
 * The Kubernetes version that the first master carries or could install, `vX.Y.Z[+build]`; changes nothing there.
 * Throws `usage` when there is none.
 */
export async function askHostsVersion(connect: Connect, input: DiscoverInput): Promise<string> {
  const first = input.spec.hosts.find((host) => host.role === "master");
  if (!first) throw new AlpineK8sError("usage", "the spec names no master among its hosts");
  const machines = hostsMachines(input.folder);
  const host = await connect(await machines.target(asNode(first)), {
    paths: clusterPaths(input.folder),
    signal: input.signal,
    log: () => undefined,
    onPinned: input.onPinned,
    patience: 10_000,
    pins: input.pins ?? true,
  });
  try {
    const { stdout } = await host.run({ name: "version", script: SCRIPT, readOnly: true, signal: input.signal });
    const version = stdout.trim();
    if (/^v\d+\.\d+\.\d+/.test(version)) return version;
    throw new AlpineK8sError("usage", `${first.name} has no kubeadm that could tell the Kubernetes version`, {
      node: first.name,
      hints: [
        `on ${first.name}, see which one its Alpine release has: apk update && apk policy kubeadm  (kubeadm is in the repository community: /etc/apk/repositories)`,
        'say it in alpine-k8s.yaml: spec.kubernetes.version: "vX.Y.Z"',
      ],
    });
  } finally {
    await host.close();
  }
}

function asNode(host: HostEntry): PlannedNode {
  const { name, role, labels, taints, privateAddress, address, port, user, become, identityFile, hostKey } = host;
  return {
    ...{ name, fqdn: name, role, address: privateAddress, labels, taints, cpus: 0, memory: 0 },
    access: { address, port, user, become, hostKey, ...(identityFile === undefined ? {} : { identityFile }) },
  };
}
