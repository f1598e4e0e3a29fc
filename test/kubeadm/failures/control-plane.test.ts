import { describe, expect, it } from "vitest";
import { expected, told, type Case } from "./told.js";

const LOOK = "see why, as root on m1: crictl ps -a, and the logs below /var/log/pods";
const WHICH =
  "see which master is down: alpine-k8s status; bring it up first, or take it out: alpine-k8s remove-node NAME";
const ADD = "error execution phase control-plane-join/etcd: error creating local etcd static pod manifest file: ";

const CASES: readonly Case[] = [
  {
    what: "a member of etcd that does not answer",
    by: "1.20",
    lines: ["error execution phase check-etcd: etcd cluster is not healthy: context deadline exceeded"],
    cause: "a member of etcd does not answer, and no master can join until it does",
    remedies: [WHICH],
  },
  {
    what: "etcd that takes no member now",
    by: "1.20",
    lines: [`${ADD}etcdserver: re-configuration failed due to not enough started members`],
    cause: "etcd takes no new member while one of its members does not run",
    remedies: [WHICH],
  },
  {
    what: "a member that is there already",
    by: "1.20",
    lines: [`${ADD}etcdserver: Peer URLs already exists`],
    cause: "etcd has a member with this node's address already",
    remedies: ["the next run takes it out and joins anew; when that does not help: alpine-k8s remove-node m1"],
  },
  {
    what: "a learner that lags",
    by: "1.31",
    lines: [`error: ${ADD}etcdserver: can only promote a learner member which is in sync with leader`],
    cause: "the node's new member of etcd did not catch up with the others in time",
    remedies: ["check the disk and the network of m1, and how the others are: alpine-k8s status"],
  },
  {
    what: "a second learner",
    by: "1.31",
    lines: [`error: ${ADD}etcdserver: too many learner members in cluster`],
    cause: "etcd has a new member already that did not come up",
    remedies: [
      "see which master did not join: alpine-k8s status; bring it up first, or take it out: alpine-k8s remove-node NAME",
    ],
  },
  {
    what: "a member that does not come up",
    by: "1.20",
    lines: [`${ADD}timeout waiting for etcd cluster to be available`],
    cause: "the node's new member of etcd did not come up in time",
    remedies: [LOOK],
  },
  {
    what: "a control plane that does not come up",
    by: "1.20",
    lines: ["error execution phase wait-control-plane: couldn't initialize a Kubernetes cluster"],
    cause: "the control plane did not come up in time",
    remedies: [LOOK],
  },
  {
    what: "a scheduler that does not come up",
    by: "1.34",
    lines: [
      'error: error execution phase wait-control-plane: failed while waiting for the control plane to start: kube-scheduler check failed at https://127.0.0.1:10259/livez: Get "https://127.0.0.1:10259/livez": dial tcp 127.0.0.1:10259: connect: connection refused',
    ],
    cause: "kube-scheduler did not become healthy in time",
    remedies: [LOOK],
  },
];

describe("control planes that do not come up", () => {
  it.each(CASES)("$what ($by)", (one) => {
    expect(told(13, "kubeadm join: code 1: ", one.lines)).toEqual(
      expected("kubeadm failed", "kubeadm join: code 1: ", one),
    );
  });
});
