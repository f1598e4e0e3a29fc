import type { FailureRow } from "./failure-row.js";

const ENDPOINT = "check the endpoint's line in /etc/hosts on NODE, and spec.kubernetes.apiServer.endpoint";
const ENDED =
  "compare the clock of NODE with yours: alpine-k8s ssh NODE -- date -u; when it is right: alpine-k8s certs renew";

/** What ends a join: the token, the CA's hash, the way to the API, the certificates that masters share. */
export const JOIN_FAILURES: readonly FailureRow[] = [
  {
    pattern:
      /(?:could not find a JWS signature in the cluster-info ConfigMap for token ID|token id) "([a-z0-9]{6})"(?: is invalid for this cluster or it has expired)?/,
    cause: "the cluster does not know the token $1 any more, or its controller manager does not run",
    remedy:
      "look whether all runs: alpine-k8s status; the token is made anew by the next run, or at once: alpine-k8s token rotate",
  },
  {
    pattern: /failed to verify JWS signature of received cluster info object/,
    cause: "the cluster knows the token by its id, but with another secret",
    remedy: "alpine-k8s token rotate",
  },
  {
    pattern: /(?:failed to get config map|cannot get Node "[^"]*"): Unauthorized/,
    cause: "the cluster does not let the token in: it has expired or was deleted",
    remedy: "alpine-k8s token rotate",
  },
  {
    pattern: /none of the public keys "[^"]*" are pinned/,
    cause: "the API at the endpoint is another cluster's: its CA is not the one that this cluster has",
    remedy: ENDPOINT,
  },
  {
    pattern: /x509: certificate has expired or is not yet valid: current time (\S+) is before (\S+)/,
    cause: "by the node's clock it is $1, and a certificate of the cluster is valid from $2 on",
    remedy: "set the clock of NODE; compare it with yours: alpine-k8s ssh NODE -- date -u",
  },
  {
    pattern: /x509: certificate has expired or is not yet valid: current time (\S+) is after (\S+)/,
    cause: "a certificate of the cluster ended on $2, or the node's clock, which says $1, is wrong",
    remedy: ENDED,
  },
  {
    pattern: /x509: certificate has expired or is not yet valid/,
    cause: "a certificate of the cluster has ended or is not valid yet, or the node's clock is wrong",
    remedy: ENDED,
  },
  {
    pattern: /x509: certificate is valid for .*, not (\S+)/,
    cause: "the API's certificate does not name $1",
    remedy: ENDPOINT,
  },
  {
    pattern: /cluster-info.*x509: certificate signed by unknown authority/,
    cause: "the API at the endpoint is another cluster's: its certificate is not of this cluster's CA",
    remedy: ENDPOINT,
  },
  {
    pattern: /cluster-info.*no such host/,
    cause: "the node cannot find the cluster's endpoint by its name",
    remedy: ENDPOINT,
  },
  {
    pattern: /configmaps "cluster-info" is forbidden/,
    cause: "the API lets nobody read cluster-info without a login",
    remedy: "take anonymous-auth: false away from the API server: nodes that join read cluster-info without a login",
  },
  {
    pattern: /configmaps "cluster-info" not found/,
    cause: "the cluster has no cluster-info: kubeadm init did not end on its first master",
    remedy: "see how it is: alpine-k8s status",
  },
  {
    pattern:
      /cluster-info.*(?:connection refused|i\/o timeout|handshake timeout|deadline exceeded|no route to host|network is unreachable|EOF)/,
    cause: "the node does not reach the API at the cluster's endpoint",
    remedy: `see whether a master answers: alpine-k8s status; ${ENDPOINT}`,
  },
  {
    pattern: /a Node with name "([^"]*)" and status "Ready" already exists in the cluster/,
    cause: "the cluster has a node $1 that is ready",
    remedy: "when that one is gone for good: alpine-k8s kubectl -- delete node $1; else give NODE another name",
  },
  {
    pattern: /Secret "kubeadm-certs" was not found/,
    cause: "the certificates that were uploaded to the cluster are gone: they stay for two hours",
    remedy: "take certificateKey out of alpine-k8s.yaml: certificates go to further masters over ssh",
  },
  {
    pattern: /error decoding (?:certificate key|secret data with provided key)/,
    cause: "the certificate key is not the one that the uploaded certificates were locked with",
    remedy: "take certificateKey out of alpine-k8s.yaml: certificates go to further masters over ssh",
  },
  {
    pattern: /failure loading (?:certificate|key) for ([^:]+): couldn't load/,
    cause: "the shared certificate or key for $1 is not on this master",
    remedy: "look whether the masters that run have it, as root there: ls -l /etc/kubernetes/pki",
  },
  {
    pattern: /error execution phase kubelet-start: (?:error uploading crisocket: )?timed out waiting for the condition/,
    cause: "the kubelet got no certificate from the cluster, or its node did not appear there, in time",
    remedy:
      "look at /var/log/kubelet/kubelet.log on NODE, and at: alpine-k8s kubectl -- get certificatesigningrequests",
  },
];
