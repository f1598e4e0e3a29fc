import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { specOf } from "../topology/made.js";

const refusal = (kubeadm: string, more = ""): string => {
  try {
    specOf(`kubernetes: {kubeadm: {${kubeadm}}}\n${more}`);
  } catch (error) {
    if (error instanceof AlpineK8sError) {
      expect(error.kind).toBe("usage");
      return error.message;
    }
    throw error;
  }
  return "";
};

/** Document, what is added to it, and the path and the reason that the refusal names. */
const REFUSED: readonly (readonly [string, string, string, string])[] = [
  ["InitConfiguration", "localAPIEndpoint: {bindPort: 8443}", "localAPIEndpoint.bindPort", "port 6443"],
  [
    "InitConfiguration",
    "localAPIEndpoint: {advertiseAddress: 10.0.0.9}",
    "localAPIEndpoint.advertiseAddress",
    "its own address",
  ],
  ["InitConfiguration", "certificateKey: 00ff", "certificateKey", "over ssh"],
  ["InitConfiguration", "dryRun: true", "dryRun", "kubeadm would do nothing"],
  ["InitConfiguration", "skipPhases: [preflight, certs]", "skipPhases[1]", "needs what certs does"],
  ["InitConfiguration", "skipPhases: [certs/apiserver]", "skipPhases[0]", "needs what certs/apiserver does"],
  ["InitConfiguration", "skipPhases: [addon/coredns]", "skipPhases[0]", "needs what addon/coredns does"],
  ["InitConfiguration", "skipPhases: [addon/kube-proxy]", "skipPhases[0]", "nobody answers for Services"],
  ["JoinConfiguration", "skipPhases: [kubelet-start]", "skipPhases[0]", "needs what kubelet-start does"],
  [
    "InitConfiguration",
    "nodeRegistration: {ignorePreflightErrors: [Swap]}",
    "nodeRegistration.ignorePreflightErrors",
    "spec.kubernetes.ignorePreflightErrors",
  ],
  ["JoinConfiguration", "controlPlane: {}", "controlPlane", "minions would join as masters"],
  ["JoinConfiguration", "caCertPath: /etc/ca.crt", "caCertPath", "/etc/kubernetes/pki"],
  ["ClusterConfiguration", "certificatesDir: /srv/pki", "certificatesDir", "/etc/kubernetes/pki"],
  ["ClusterConfiguration", "etcd: {local: {dataDir: /srv/etcd}}", "etcd.local.dataDir", "/var/lib/etcd"],
  ["ClusterConfiguration", "imageRepository: mirror.test", "imageRepository", "spec.images.repository"],
  ["ClusterConfiguration", "apiServer: {certSANs: [a.test]}", "apiServer.certSANs", "spec.kubernetes.apiServer"],
  ["ClusterConfiguration", "dns: {type: kube-dns}", "dns.type", "CoreDNS"],
  ["ClusterConfiguration", "dns: {disabled: true}", "dns.disabled", "CoreDNS"],
  ["ClusterConfiguration", "proxy: {disabled: true}", "proxy.disabled", "nobody answers for Services"],
  [
    "ClusterConfiguration",
    "featureGates: {RootlessControlPlane: true}",
    "featureGates.RootlessControlPlane",
    "could not read them",
  ],
  ["KubeletConfiguration", "staticPodPath: /srv", "staticPodPath", "/etc/kubernetes/manifests"],
  ["KubeletConfiguration", "clusterDomain: other.local", "clusterDomain", "spec.kubernetes.dnsDomain"],
  ["KubeletConfiguration", "clusterDNS: [10.96.0.11]", "clusterDNS", "spec.kubernetes.serviceSubnet"],
  ["KubeletConfiguration", "imageServiceEndpoint: unix:///x", "imageServiceEndpoint", "the runtime's socket"],
  ["KubeletConfiguration", "port: 10260", "port", "port 10250"],
  ["KubeletConfiguration", "address: 127.0.0.1", "address", "the node's own address"],
  ["KubeletConfiguration", "enableServer: false", "enableServer", "port 10250"],
  ["KubeletConfiguration", "healthzPort: 0", "healthzPort", "10248"],
  ["KubeletConfiguration", 'healthzBindAddress: "::1"', "healthzBindAddress", "10248"],
  ["KubeletConfiguration", "registerNode: false", "registerNode", "registered"],
  ["KubeletConfiguration", "providerID: cloud://1", "providerID", "one machine's"],
  ["KubeletConfiguration", "rotateCertificates: false", "rotateCertificates", "renewed by nobody else"],
  ["KubeProxyConfiguration", "clusterCIDR: 10.0.0.0/8", "clusterCIDR", "spec.kubernetes.podSubnet"],
  ["KubeProxyConfiguration", "hostnameOverride: x", "hostnameOverride", "the node's name"],
];

const API = "apiServer.extraArgs";
const MANAGER = "controllerManager.extraArgs";
const ETCD = "etcd.local.extraArgs";
const KUBELET = "nodeRegistration.kubeletExtraArgs";

/** Document, place of the arguments, name, value, and what the refusal says. */
const REFUSED_ARGUMENTS: readonly (readonly [string, string, string, string, string])[] = [
  ["ClusterConfiguration", API, "secure-port", "8443", "port 6443"],
  ["ClusterConfiguration", API, "--secure_port", "8443", "port 6443"],
  ["ClusterConfiguration", API, "advertise-address", "10.0.0.9", "its own address"],
  ["ClusterConfiguration", API, "bind-address", "127.0.0.1", "its own address"],
  ["ClusterConfiguration", API, "service-cluster-ip-range", "10.0.0.0/24", "spec.kubernetes.serviceSubnet"],
  ["ClusterConfiguration", API, "anonymous-auth", "false", "cluster-info"],
  ["ClusterConfiguration", API, "authorization-mode", "RBAC", "Node and RBAC"],
  ["ClusterConfiguration", API, "enable-bootstrap-token-auth", "false", "bootstrap token"],
  ["ClusterConfiguration", API, "disable-admission-plugins", "ServiceAccount", "ServiceAccount"],
  ["ClusterConfiguration", API, "runtime-config", "apps/v1=false", "switched off"],
  ["ClusterConfiguration", API, "tls-cert-file", "/x.crt", "/etc/kubernetes/pki"],
  ["ClusterConfiguration", MANAGER, "cluster-cidr", "10.0.0.0/8", "spec.kubernetes.podSubnet"],
  ["ClusterConfiguration", MANAGER, "allocate-node-cidrs", "false", "spec.kubernetes.podSubnet"],
  ["ClusterConfiguration", MANAGER, "controllers", "*", "bootstrapsigner"],
  ["ClusterConfiguration", MANAGER, "secure-port", "11257", "probes"],
  ["ClusterConfiguration", "scheduler.extraArgs", "leader-elect", "false", "one leads"],
  ["ClusterConfiguration", ETCD, "data-dir", "/srv", "/var/lib/etcd"],
  ["ClusterConfiguration", ETCD, "listen-metrics-urls", "http://10.0.0.2:2381", "127.0.0.1:2381"],
  ["ClusterConfiguration", ETCD, "force-new-cluster", "true", "throw its other members out"],
  ["InitConfiguration", KUBELET, "pod-manifest-path", "/srv", "/etc/kubernetes/manifests"],
  ["JoinConfiguration", KUBELET, "root-dir", "/srv/kubelet", "/var/lib/kubelet"],
  ["JoinConfiguration", KUBELET, "cluster-domain", "other.local", "spec.kubernetes.dnsDomain"],
  ["JoinConfiguration", KUBELET, "healthz-port", "10249", "10248"],
  ["JoinConfiguration", KUBELET, "fail-swap-on", "false", "failSwapOn in KubeletConfiguration"],
  ["JoinConfiguration", KUBELET, "node-labels", "node-role.kubernetes.io/worker=", "reserved for Kubernetes"],
  ["JoinConfiguration", KUBELET, "node-labels", "mine=1,zone", "reserved for Kubernetes"],
  ["InitConfiguration", KUBELET, "register-with-taints", "mine=1:Never", "the taints of spec.nodes and spec.hosts"],
  ["InitConfiguration", KUBELET, "hostname-override", "master1.example.com", "the node's name is"],
  ["JoinConfiguration", KUBELET, "node-ip", "10.0.0.9", "the node's own address"],
  ["JoinConfiguration", KUBELET, "provider-id", "cloud://1", "one machine's"],
  ["JoinConfiguration", KUBELET, "cloud-provider", "external", "wait for a controller of the cloud"],
  ["JoinConfiguration", KUBELET, "config", "/srv/kubelet.yaml", "the files that kubeadm writes"],
  ["JoinConfiguration", KUBELET, "kubeconfig", "/srv/kubelet.conf", "the files that kubeadm writes"],
];

const nested = (path: string, inner: string): string =>
  path.split(".").reduceRight((text, key) => `{${key}: ${text}}`, inner);

describe("an addition to kubeadm's documents that contradicts what we rely on", () => {
  it.each(REFUSED)("%s: {%s} is refused with its path and the reason", (kind, fields, path, why) => {
    const message = refusal(`${kind}: {${fields}}`);
    expect(message).toContain(` spec.kubernetes.kubeadm.${kind}.${path}: cannot be set here: `);
    expect(message).toContain(why);
    expect(message.split("\n")).toHaveLength(1);
  });

  it.each(REFUSED_ARGUMENTS)("%s %s %s=%s is refused in both forms", (kind, place, name, value, why) => {
    const map = refusal(`${kind}: ${nested(place, `{"${name}": "${value}"}`)}`);
    expect(map).toContain(` spec.kubernetes.kubeadm.${kind}.${place}.`);
    expect(map).toContain(`: cannot be set here: `);
    expect(map).toContain(why);
    const list = refusal(`${kind}: ${nested(place, `[{name: v, value: "4"}, {name: "${name}", value: "${value}"}]`)}`);
    expect(list).toContain(` spec.kubernetes.kubeadm.${kind}.${place}[1].name: cannot be set here: `);
    expect(list).toContain(why);
  });

  it("is found in etcd's environment, too", () => {
    const message = refusal(
      "ClusterConfiguration: {etcd: {local: {extraEnvs: [{name: GOGC, value: '50'}, {name: ETCD_DATA_DIR, value: /srv}]}}}",
    );
    expect(message).toContain(
      "spec.kubernetes.kubeadm.ClusterConfiguration.etcd.local.extraEnvs[1].name: cannot be set here: ",
    );
  });

  it.each([
    [
      "the same values as ours",
      "KubeletConfiguration: {clusterDNS: [10.96.0.10], clusterDomain: cluster.local, port: 10250}",
    ],
    ["the cgroup driver that is ours", "KubeletConfiguration: {cgroupDriver: cgroupfs}"],
    ["a resolver of the node's own", "KubeletConfiguration: {clusterDNS: [169.254.20.10]}"],
    [
      "etcd's metrics for all",
      "ClusterConfiguration: {etcd: {local: {extraArgs: {listen-metrics-urls: 'http://0.0.0.0:2381'}}}}",
    ],
    [
      "without a controller that nothing needs",
      "ClusterConfiguration: {controllerManager: {extraArgs: {controllers: '*,bootstrapsigner,tokencleaner,-ttl'}}}",
    ],
    [
      "a folder of further kubelet settings",
      "InitConfiguration: {nodeRegistration: {kubeletExtraArgs: {config-dir: /etc/kubernetes/kubelet.conf.d}}}",
    ],
    ["the port that is ours", "InitConfiguration: {localAPIEndpoint: {bindPort: 6443}}"],
    [
      "the folders that are ours",
      "ClusterConfiguration: {certificatesDir: /etc/kubernetes/pki, etcd: {local: {dataDir: /var/lib/etcd}}}",
    ],
    ["phases that nothing needs", "InitConfiguration: {skipPhases: [preflight, mark-control-plane]}"],
    [
      "more ways to authorize",
      "ClusterConfiguration: {apiServer: {extraArgs: {authorization-mode: 'Node,RBAC,Webhook'}}}",
    ],
    [
      "a group that is not stable",
      "ClusterConfiguration: {apiServer: {extraArgs: {runtime-config: 'batch/v2alpha1=true,a/v1beta1=false'}}}",
    ],
    ["what nothing relies on", "KubeletConfiguration: {maxPods: 60, readOnlyPort: 0, featureGates: {NodeSwap: true}}"],
    ["limits of etcd", "ClusterConfiguration: {etcd: {local: {extraArgs: {quota-backend-bytes: '8589934592'}}}}"],
  ])("is none: %s", (_what, kubeadm) => {
    expect(refusal(kubeadm)).toBe("");
  });

  it("is labels and taints, where the spec gives nodes some of their own", () => {
    const labels =
      "JoinConfiguration: {nodeRegistration: {kubeletExtraArgs: {node-labels: 'mine=1,topology.kubernetes.io/zone=a'}}}";
    const taints = [
      "JoinConfiguration: {nodeRegistration: {kubeletExtraArgs: {register-with-taints: 'mine=1:NoSchedule,other:NoExecute'}}}",
      "InitConfiguration: {nodeRegistration: {taints: []}}",
      "KubeletConfiguration: {registerWithTaints: [{key: mine, effect: NoSchedule}]}",
    ];
    for (const kubeadm of [labels, ...taints]) expect(refusal(kubeadm)).toBe("");
    const labelled = "nodes: {minions: {labels: {disk: ssd}}}";
    const tainted = "nodes: {list: [{name: master1, role: master, taints: [{key: k, effect: NoSchedule}]}]}";
    expect(refusal(labels, labelled)).toContain("it would replace the labels of spec.nodes and spec.hosts");
    expect(refusal(labels, tainted)).toBe("");
    for (const kubeadm of taints) {
      expect(refusal(kubeadm, tainted)).toContain("it would replace the taints of spec.nodes and spec.hosts");
      expect(refusal(kubeadm, labelled)).toBe("");
    }
  });

  it("is none: a cloud's nodes with a controller of the user's own", () => {
    const kubeadm = "JoinConfiguration: {nodeRegistration: {kubeletExtraArgs: {cloud-provider: external}}}";
    expect(refusal(kubeadm, "addons: [{name: cloud, manifest: cloud.yaml}]")).toBe("");
  });

  it("is none: no kube-proxy beside a network that does without", () => {
    const kubeadm = "InitConfiguration: {skipPhases: [addon/kube-proxy]}";
    expect(refusal(kubeadm, "network: none")).toBe("");
    expect(refusal(kubeadm, "addons: [{name: cilium, manifest: cilium.yaml}]")).toBe("");
  });

  it("follows the service network to the address of DNS", () => {
    const spec = (address: string): string =>
      `kubernetes: {serviceSubnet: 10.112.0.0/16, kubeadm: {KubeletConfiguration: {clusterDNS: [${address}]}}}`;
    expect(specOf(spec("10.112.0.10")).kubernetes.kubeadm.KubeletConfiguration).toEqual({
      clusterDNS: ["10.112.0.10"],
    });
    expect(() => specOf(spec("10.96.0.10"))).toThrow("clusterDNS");
  });
});
