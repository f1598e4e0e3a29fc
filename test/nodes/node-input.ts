import { createHash } from "node:crypto";
import { tarOf } from "./tar.js";

export const caPem = "-----BEGIN CERTIFICATE-----\nTm90IGEgcmVhbCBjZXJ0aWZpY2F0ZQ==\n-----END CERTIFICATE-----\n";
/** The CA that every node trusts, as the package ca-certificates brings it. */
export const usualCa = "-----BEGIN CERTIFICATE-----\nVGhlIHVzdWFsIG9uZQ==\n-----END CERTIFICATE-----\n";
export const caFingerprint = createHash("sha256").update("Not a real certificate").digest("hex");
export const caHash = `sha256:${"a".repeat(64)}`;
export const otherHash = `sha256:${"b".repeat(64)}`;
export const token = "abcdef.0123456789abcdef";
export const caKey = "-----BEGIN EC PRIVATE KEY-----\nVGhlIGtleSBpdHNlbGY=\n-----END EC PRIVATE KEY-----\n";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const initConfig = 'kind: InitConfiguration\nbootstrapTokens:\n  - token: "@TOKEN@"\n    ttl: 2h0m0s\n';
const joinConfig =
  'kind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    token: "@TOKEN@"\n    apiServerEndpoint: api.demo.example.com:6443\n';
const controlPlane = "controlPlane:\n  localAPIEndpoint:\n    advertiseAddress: 10.250.250.2\n";

/** The files that all masters share, by name below `/etc/kubernetes/pki`. */
export const sharedPki: Readonly<Record<string, string>> = {
  "ca.crt": caPem,
  "ca.key": caKey,
  "sa.key": "-----BEGIN RSA PRIVATE KEY-----\nc2E=\n-----END RSA PRIVATE KEY-----\n",
  "sa.pub": "-----BEGIN PUBLIC KEY-----\nc2E=\n-----END PUBLIC KEY-----\n",
  "front-proxy-ca.crt": caPem.replace("Tm90", "RnBy"),
  "front-proxy-ca.key": caKey.replace("VGhl", "RnBy"),
  "etcd/ca.crt": caPem.replace("Tm90", "ZXRj"),
  "etcd/ca.key": caKey.replace("VGhl", "ZXRj"),
};

export type Variables = Readonly<Record<string, string>>;

/** What every script gets for master1 of the cluster `demo`. */
export const sharedVariables: Variables = {
  AK8S_NODE_NAME: "master1",
  AK8S_NODE_FQDN: "master1.example.com",
  AK8S_ROLE: "master",
  AK8S_NODE_ADDRESS: "10.250.250.2",
  AK8S_NODE_PREFIX: "24",
  AK8S_ADDRESS_OWNER: "vagrant",
  AK8S_ENDPOINT_NAME: "api.demo.example.com",
  AK8S_ENDPOINT_ADDRESS: "10.250.250.2",
  AK8S_KUBERNETES_VERSION: "v1.36.1",
  AK8S_CA_HASH: caHash,
  AK8S_CA_FINGERPRINT: caFingerprint,
  AK8S_CLOCK_EPOCH: "1800000000",
  AK8S_KUBELET_WAIT: "15",
  AK8S_API_WAIT: "1",
};
export const masterVariables: Variables = {
  ...sharedVariables,
  AK8S_KUBEADM_CONFIG_B64: base64(initConfig),
  AK8S_TOKEN: token,
  AK8S_CA_CRT_B64: base64(caPem),
  AK8S_CA_KEY_B64: base64(caKey),
};
/** What master.sh gets on a further master. The fakes know one node, so it has master1's name and address. */
export const furtherVariables: Variables = {
  ...sharedVariables,
  AK8S_JOIN: "1",
  AK8S_LEFT_ETCD: "1",
  AK8S_KUBEADM_CONFIG_B64: base64(joinConfig + controlPlane),
  AK8S_TOKEN: token,
  AK8S_PKI_B64: tarOf(Object.entries(sharedPki).map(([name, text]) => ({ name, text }))).toString("base64"),
};
export const minionVariables: Variables = {
  ...sharedVariables,
  AK8S_ROLE: "minion",
  AK8S_KUBEADM_CONFIG_B64: base64(joinConfig),
  AK8S_TOKEN: token,
};
