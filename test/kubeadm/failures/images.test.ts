import { describe, expect, it } from "vitest";
import { expected, told, type Case } from "./told.js";

const IMAGE = "k8s.gcr.io/kube-apiserver:v1.20.2";
const REPOSITORY = "or name a repository that can be reached: spec.images.repository";
const NETWORK = `check the network of m1, and spec.proxy where one is needed; ${REPOSITORY}`;

/** kubeadm's line, with what crictl and containerd say of the reason. */
const pull = (reason: string, image = IMAGE): readonly string[] => [
  `\t[ERROR ImagePull]: failed to pull image ${image}: output: time="2026-11-29T12:00:00Z" level=fatal msg="pulling image: rpc error: code = Unknown desc = failed to pull and unpack image \\"${image}\\": ${reason}"`,
  ", error: exit status 1",
];
const asked = (reason: string): readonly string[] =>
  pull(
    `failed to resolve reference \\"${IMAGE}\\": failed to do request: Head \\"https://k8s.gcr.io/v2/kube-apiserver/manifests/v1.20.2\\": ${reason}`,
  );

const CASES: readonly Case[] = [
  {
    what: "no such host",
    by: "1.20",
    lines: asked("dial tcp: lookup k8s.gcr.io on 10.0.2.3:53: no such host"),
    cause: `the node cannot find the registry of ${IMAGE} by its name`,
    remedies: [`check the name servers in /etc/resolv.conf on m1; ${REPOSITORY}`],
  },
  {
    what: "a name server that is not there",
    by: "1.29",
    lines: asked(
      "dial tcp: lookup registry.k8s.io on [::1]:53: read udp [::1]:46078->[::1]:53: read: connection refused",
    ),
    cause: `the node cannot find the registry of ${IMAGE} by its name`,
    remedies: [`check the name servers in /etc/resolv.conf on m1; ${REPOSITORY}`],
  },
  {
    what: "a network that ends at the node",
    by: "1.20",
    lines: asked("dial tcp 34.96.108.209:443: connect: no route to host"),
    cause: `the registry of ${IMAGE} cannot be reached`,
    remedies: [NETWORK],
  },
  {
    what: "a proxy's certificate",
    by: "1.20",
    lines: asked("x509: certificate signed by unknown authority"),
    cause: `the node does not trust the certificate of the registry of ${IMAGE}: a proxy may stand in between`,
    remedies: [
      "put the CA's certificate below /usr/local/share/ca-certificates on m1, then there as root: update-ca-certificates && rc-service containerd restart",
    ],
  },
  {
    what: "a clock",
    by: "1.20",
    lines: asked(
      "x509: certificate has expired or is not yet valid: current time 2001-01-01T00:00:00Z is before 2026-11-01T00:00:00Z",
    ),
    cause: `the certificate of the registry of ${IMAGE} has ended or is not valid yet, or the node's clock is wrong`,
    remedies: ["compare the clock of m1 with yours: alpine-k8s ssh m1 -- date -u"],
  },
  {
    what: "a limit of pulls",
    by: "1.31",
    lines: pull(
      "failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/kube-apiserver/manifests/v1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit",
    ),
    cause: `the registry of ${IMAGE} takes no more requests from this address for now`,
    remedies: [`wait as long as the registry says below; ${REPOSITORY}`],
  },
  {
    what: "an image that is not there",
    by: "1.28",
    lines: pull(`failed to resolve reference \\"${IMAGE}\\": ${IMAGE}: not found`),
    cause: `the registry has no image ${IMAGE}`,
    remedies: ["check spec.kubernetes.version and spec.images.repository in alpine-k8s.yaml"],
  },
  {
    what: "a registry that wants a login",
    by: "1.28",
    lines: pull(
      "failed to resolve reference: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
    ),
    cause: `the registry refuses to give ${IMAGE}`,
    remedies: [
      "check spec.images.repository in alpine-k8s.yaml, and the registry's login in containerd's configuration on m1",
    ],
  },
  {
    what: "a registry that hangs",
    by: "1.20",
    lines: asked("dial tcp 34.96.108.209:443: i/o timeout"),
    cause: `the registry of ${IMAGE} does not answer in time`,
    remedies: [NETWORK],
  },
  {
    what: "a full disk",
    by: "1.28",
    lines: pull("failed to extract layer sha256:00: write /var/lib/containerd/x: no space left on device"),
    cause: `there is no room on the node's disk for ${IMAGE}`,
    remedies: ["make room on m1: alpine-k8s ssh m1 -- df -h"],
  },
  {
    what: "what nobody has foreseen",
    by: "1.20",
    lines: pull("something else"),
    cause: `${IMAGE} cannot be pulled`,
    remedies: [`try it as root on m1: crictl pull ${IMAGE}`],
  },
];

describe("images that cannot be pulled", () => {
  it.each(CASES)("$what ($by)", (one) => {
    const lines = ["error execution phase preflight: [preflight] Some fatal errors occurred:", ...one.lines];
    expect(told(13, "kubeadm init: code 1: ", lines)).toEqual(
      expected("kubeadm failed", "kubeadm init: code 1: ", { ...one, lines }),
    );
  });

  it("are one sentence, with the first three of many", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"].map((name) => `mirror.test/${name}:v1`);
    const { message, hints } = told(13, "kubeadm init: code 1: ", [
      "error execution phase preflight: [preflight] Some fatal errors occurred:",
      ...names.flatMap((name) => pull("dial tcp: lookup mirror.test on 10.0.2.3:53: no such host", name)),
    ]);
    expect(message.split("\n")[0]).toBe(
      "m1: kubeadm failed: the node cannot find the registry of mirror.test/a:v1, mirror.test/b:v1, mirror.test/c:v1 and 4 more by its name",
    );
    expect(message.split("\n")).toHaveLength(13);
    expect(hints).toEqual([`check the name servers in /etc/resolv.conf on m1; ${REPOSITORY}`, "then: alpine-k8s up"]);
  });
});
