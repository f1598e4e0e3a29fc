import type { FailureRow } from "./failure-row.js";

const OTHER_REPOSITORY = "or name a repository that can be reached: spec.images.repository";

/** Why an image cannot be pulled: words of Go's network programs, of registries and of containerd. */
export const IMAGE_FAILURES: readonly FailureRow[] = [
  {
    pattern: /failed to pull image (\S+): .*(?:no such host|server misbehaving|lookup \S+ on \S+ (?:read|dial) udp)/,
    cause: "the node cannot find the registry of $1 by its name",
    remedy: `check the name servers in /etc/resolv.conf on NODE; ${OTHER_REPOSITORY}`,
  },
  {
    pattern: /failed to pull image (\S+): .*x509: certificate signed by unknown authority/,
    cause: "the node does not trust the certificate of the registry of $1: a proxy may stand in between",
    remedy:
      "put the CA's certificate below /usr/local/share/ca-certificates on NODE, then there as root: " +
      "update-ca-certificates && rc-service containerd restart",
  },
  {
    pattern: /failed to pull image (\S+): .*x509: certificate has expired or is not yet valid/,
    cause: "the certificate of the registry of $1 has ended or is not valid yet, or the node's clock is wrong",
    remedy: "compare the clock of NODE with yours: alpine-k8s ssh NODE -- date -u",
  },
  {
    pattern: /failed to pull image (\S+): .*(?:429 Too Many Requests|toomanyrequests)/i,
    cause: "the registry of $1 takes no more requests from this address for now",
    remedy: `wait as long as the registry says below; ${OTHER_REPOSITORY}`,
  },
  {
    pattern: /failed to pull image (\S+): .*(?:manifest unknown|: not found|404 Not Found)/,
    cause: "the registry has no image $1",
    remedy: "check spec.kubernetes.version and spec.images.repository in alpine-k8s.yaml",
  },
  {
    pattern: /failed to pull image (\S+): .*(?:pull access denied|401 Unauthorized|403 Forbidden|unauthorized: )/,
    cause: "the registry refuses to give $1",
    remedy:
      "check spec.images.repository in alpine-k8s.yaml, and the registry's login in containerd's configuration on NODE",
  },
  {
    pattern: /failed to pull image (\S+): .*no space left on device/,
    cause: "there is no room on the node's disk for $1",
    remedy: "make room on NODE: alpine-k8s ssh NODE -- df -h",
  },
  {
    pattern:
      /failed to pull image (\S+): .*(?:i\/o timeout|deadline exceeded|connection timed out|TLS handshake timeout|Timeout exceeded)/,
    cause: "the registry of $1 does not answer in time",
    remedy: `check the network of NODE, and spec.proxy where one is needed; ${OTHER_REPOSITORY}`,
  },
  {
    pattern:
      /failed to pull image (\S+): .*(?:connection refused|network is unreachable|no route to host|connection reset)/,
    cause: "the registry of $1 cannot be reached",
    remedy: `check the network of NODE, and spec.proxy where one is needed; ${OTHER_REPOSITORY}`,
  },
  {
    pattern: /failed to pull image (\S+): /,
    cause: "$1 cannot be pulled",
    remedy: "try it as root on NODE: crictl pull $1",
  },
];
