import { join } from "node:path";

/** Where everything of one cluster lives; see docs/cluster-folder.md. Pure: makes and reads nothing. */
export interface ClusterPaths {
  readonly folder: string;
  readonly spec: string;
  readonly vagrantfile: string;
  readonly scripts: Readonly<Record<"shared" | "master" | "minion", string>>;
  readonly token: string;
  readonly adminConfig: string;
  readonly state: string;
  readonly identity: string;
  readonly caCertificate: string;
  readonly caKey: string;
  /** Certificate and key of each node's kubelet, a file each. */
  readonly servingPems: string;
  readonly sshKey: string;
  readonly sshPublicKey: string;
  readonly knownHosts: string;
  readonly kubeadmConfigs: string;
  readonly manifests: string;
  /** Addresses of proxies that carry a password, one file each. */
  readonly proxies: Readonly<Record<"http" | "https", string>>;
  /** The certificates of `spec.proxy.ca`, for plain Vagrant. */
  readonly proxyCa: string;
  /** The sum of the folder's kubectl as it was verified. */
  readonly kubectlSum: string;
  /** Names of the nodes that an `add-node` set out to add and did not finish. */
  readonly adding: string;
  /** Ids (the public part) of the tokens that `add-node` made and did not revoke. */
  readonly joinTokens: string;
  readonly lock: string;
  /** Notes of programs that a run has started and that may outlive it. */
  readonly children: string;
  readonly logs: string;
  readonly timings: string;
  readonly vagrantState: string;
}

export function clusterPaths(folder: string): ClusterPaths {
  const state = join(folder, ".alpine-k8s");
  return {
    folder,
    spec: join(folder, "alpine-k8s.yaml"),
    vagrantfile: join(folder, "Vagrantfile"),
    scripts: {
      shared: join(folder, "shared.sh"),
      master: join(folder, "master.sh"),
      minion: join(folder, "minion.sh"),
    },
    token: join(folder, "cluster-token"),
    adminConfig: join(folder, "admin.config"),
    state,
    identity: join(state, "identity.yaml"),
    caCertificate: join(state, "pki", "ca.crt"),
    caKey: join(state, "pki", "ca.key"),
    servingPems: join(state, "pki", "kubelet"),
    sshKey: join(state, "ssh", "id_ed25519"),
    sshPublicKey: join(state, "ssh", "id_ed25519.pub"),
    knownHosts: join(state, "known_hosts"),
    kubeadmConfigs: join(state, "kubeadm"),
    manifests: join(state, "manifests"),
    proxies: { http: join(state, "proxy", "http"), https: join(state, "proxy", "https") },
    proxyCa: join(state, "proxy", "ca.crt"),
    kubectlSum: join(state, "kubectl.sha256"),
    adding: join(state, "adding"),
    joinTokens: join(state, "join-tokens"),
    lock: join(state, "lock"),
    children: join(state, "children"),
    logs: join(state, "logs"),
    timings: join(state, "timings"),
    vagrantState: join(folder, ".vagrant"),
  };
}
