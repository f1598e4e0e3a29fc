import { describe, expect, it } from "vitest";
import { expected, told, type Case } from "./told.js";

const ENDPOINT = "check the endpoint's line in /etc/hosts on m1, and spec.kubernetes.apiServer.endpoint";
const CLUSTER_INFO =
  "https://api.demo.example.com:6443/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s";
const IDENTITY = "error execution phase preflight: couldn't validate the identity of the API Server: ";
const CLOCK = "compare the clock of m1 with yours: alpine-k8s ssh m1 -- date -u";
const asked = (reason: string): string => `${IDENTITY}Get "${CLUSTER_INFO}": ${reason}`;

const CASES: readonly Case[] = [
  {
    what: "a token that is gone",
    by: "1.20",
    lines: [`${IDENTITY}could not find a JWS signature in the cluster-info ConfigMap for token ID "abcdef"`],
    cause: "the cluster does not know the token abcdef any more, or its controller manager does not run",
    remedies: [
      "look whether all runs: alpine-k8s status; the token is made anew by the next run, or at once: alpine-k8s token rotate",
    ],
  },
  {
    what: "a token that has expired",
    by: "1.20",
    lines: [
      `${IDENTITY}token id "abcdef" is invalid for this cluster or it has expired. Use "kubeadm token create" on the control-plane node to create a new valid token`,
    ],
    cause: "the cluster does not know the token abcdef any more, or its controller manager does not run",
    remedies: [
      "look whether all runs: alpine-k8s status; the token is made anew by the next run, or at once: alpine-k8s token rotate",
    ],
  },
  {
    what: "a token with another secret",
    by: "1.20",
    lines: [`${IDENTITY}failed to verify JWS signature of received cluster info object, can't trust this API Server`],
    cause: "the cluster knows the token by its id, but with another secret",
    remedies: ["alpine-k8s token rotate"],
  },
  {
    what: "a token that ends in the middle of the join",
    by: "1.20",
    lines: [
      "error execution phase preflight: unable to fetch the kubeadm-config ConfigMap: failed to get config map: Unauthorized",
    ],
    cause: "the cluster does not let the token in: it has expired or was deleted",
    remedies: ["alpine-k8s token rotate"],
  },
  {
    what: "another cluster's CA",
    by: "1.20",
    lines: [
      `${IDENTITY}cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "sha256:${"0a".repeat(32)}" are pinned`,
    ],
    cause: "the API at the endpoint is another cluster's: its CA is not the one that this cluster has",
    remedies: [ENDPOINT],
  },
  {
    what: "a clock that is behind",
    by: "1.20",
    lines: [
      asked(
        "x509: certificate has expired or is not yet valid: current time 2001-01-01T00:00:07Z is before 2026-11-29T10:00:00Z",
      ),
    ],
    cause:
      "by the node's clock it is 2001-01-01T00:00:07Z, and a certificate of the cluster is valid from 2026-11-29T10:00:00Z on",
    remedies: ["set the clock of m1; compare it with yours: alpine-k8s ssh m1 -- date -u"],
  },
  {
    what: "a certificate that has ended",
    by: "1.31",
    lines: [
      `error: error execution phase preflight: couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: Get "${CLUSTER_INFO}": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2027-11-29T12:00:00Z is after 2027-11-29T10:00:00Z`,
    ],
    cause:
      "a certificate of the cluster ended on 2027-11-29T10:00:00Z, or the node's clock, which says 2027-11-29T12:00:00Z, is wrong",
    remedies: [`${CLOCK}; when it is right: alpine-k8s certs renew`],
  },
  {
    what: "a certificate without the endpoint's name",
    by: "1.20",
    lines: [
      asked(
        "x509: certificate is valid for kubernetes, kubernetes.default, other.example.com, not api.demo.example.com",
      ),
    ],
    cause: "the API's certificate does not name api.demo.example.com",
    remedies: [ENDPOINT],
  },
  {
    what: "another cluster's certificate",
    by: "1.20",
    lines: [
      asked('x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error")'),
    ],
    cause: "the API at the endpoint is another cluster's: its certificate is not of this cluster's CA",
    remedies: [ENDPOINT],
  },
  {
    what: "an endpoint without an address",
    by: "1.20",
    lines: [asked("dial tcp: lookup api.demo.example.com on 10.0.2.3:53: no such host")],
    cause: "the node cannot find the cluster's endpoint by its name",
    remedies: [ENDPOINT],
  },
  {
    what: "an API that is not there",
    by: "1.34",
    lines: [
      `error: error execution phase preflight: couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: Get "${CLUSTER_INFO}": dial tcp 10.250.250.2:6443: connect: connection refused`,
    ],
    cause: "the node does not reach the API at the cluster's endpoint",
    remedies: [`see whether a master answers: alpine-k8s status; ${ENDPOINT}`],
  },
  {
    what: "an API that wants a login",
    by: "1.20",
    lines: [
      `${IDENTITY}configmaps "cluster-info" is forbidden: User "system:anonymous" cannot get resource "configmaps" in API group "" in the namespace "kube-public"`,
    ],
    cause: "the API lets nobody read cluster-info without a login",
    remedies: [
      "take anonymous-auth: false away from the API server: nodes that join read cluster-info without a login",
    ],
  },
  {
    what: "a cluster that is not whole",
    by: "1.20",
    lines: [`${IDENTITY}configmaps "cluster-info" not found`],
    cause: "the cluster has no cluster-info: kubeadm init did not end on its first master",
    remedies: ["see how it is: alpine-k8s status"],
  },
  {
    what: "a name that is taken",
    by: "1.20",
    lines: [
      'error execution phase kubelet-start: a Node with name "minion1.example.com" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node',
    ],
    cause: "the cluster has a node minion1.example.com that is ready",
    remedies: [
      "when that one is gone for good: alpine-k8s kubectl -- delete node minion1.example.com; else give m1 another name",
    ],
  },
  {
    what: "uploaded certificates that are gone",
    by: "1.20",
    lines: [
      'error execution phase control-plane-prepare/download-certs: error downloading certs: error downloading the secret: Secret "kubeadm-certs" was not found in the "kube-system" Namespace. This Secret might have expired. Please, run `kubeadm init phase upload-certs --upload-certs` on a control plane to generate a new one',
    ],
    cause: "the certificates that were uploaded to the cluster are gone: they stay for two hours",
    remedies: ["take certificateKey out of alpine-k8s.yaml: certificates go to further masters over ssh"],
  },
  {
    what: "a shared certificate that is not there",
    by: "1.20",
    lines: [
      "error execution phase preflight:",
      "One or more conditions for hosting a new control plane instance is not satisfied.",
      "failure loading certificate for CA: couldn't load the certificate file /etc/kubernetes/pki/ca.crt: open /etc/kubernetes/pki/ca.crt: no such file or directory",
    ],
    cause: "the shared certificate or key for CA is not on this master",
    remedies: ["look whether the masters that run have it, as root there: ls -l /etc/kubernetes/pki"],
  },
  {
    what: "a kubelet without a certificate",
    by: "1.20",
    lines: ["error execution phase kubelet-start: error uploading crisocket: timed out waiting for the condition"],
    cause: "the kubelet got no certificate from the cluster, or its node did not appear there, in time",
    remedies: [
      "look at /var/log/kubelet/kubelet.log on m1, and at: alpine-k8s kubectl -- get certificatesigningrequests",
    ],
  },
  {
    what: "an API that goes away meanwhile",
    by: "1.20",
    lines: [
      'error execution phase addon/coredns: unable to fetch CoreDNS current installed version and ConfigMap.: Get "https://api.demo.example.com:6443/apis/apps/v1/namespaces/kube-system/deployments": dial tcp 10.250.250.2:6443: connect: connection refused',
    ],
    cause: "the API did not answer during kubeadm's phase addon/coredns",
    remedies: ["see whether a master answers: alpine-k8s status"],
  },
];

describe("joins that fail", () => {
  it.each(CASES)("$what ($by)", (one) => {
    expect(told(13, "kubeadm join: code 1: ", one.lines)).toEqual(
      expected("kubeadm failed", "kubeadm join: code 1: ", one),
    );
  });
});
