import { describe, expect, it } from "vitest";
import { explainKubeadm, KUBEADM_FAILURES } from "../../../src/model/kubeadm/failures/explain.js";
import { scriptFailure } from "../../../src/alpine/script-result.js";
import { ownTime } from "../../fakes/own-time.js";
import { told } from "./told.js";

describe("what kubeadm says", () => {
  it("is left as it is where no row fits", () => {
    expect(explainKubeadm(["error execution phase x: y"], "m1")).toBeUndefined();
    expect(told(13, "kubeadm init: code 1: ", ["error execution phase x: y"])).toEqual({
      message: "m1: kubeadm failed: kubeadm init: code 1: error execution phase x: y",
      hints: ["repair what is named above, then: alpine-k8s up"],
    });
  });

  it("acts on no screen, and is cut where it has no end", () => {
    const { message } = told(13, "", [`[ERROR SystemVerification]: \u001b[2J${"x".repeat(100_000)}\u202e`]);
    const [head = "", below = "", ...more] = message.split("\n");
    expect(head).toBe(`m1: kubeadm failed: the machine lacks what Kubernetes needs: [2J${"x".repeat(196)}`);
    expect(below).toBe(`  ${`[ERROR SystemVerification]: [2J${"x".repeat(500)}`.slice(0, 500)}…`);
    expect(more).toEqual([]);
  });

  it("is told once, and what else the script wrote stands below", () => {
    const failed = ["memory: a master needs 1700 MiB of memory, there are 256 MiB", "swap: swap is on: /dev/vdb"];
    const stdout = `@alpine-k8s ${JSON.stringify({ script: "shared", failed })}\n`;
    const stderr = `sh: out of memory\n${failed.map((reason) => `alpine-k8s: ${reason}\n`).join("")}`;
    expect(scriptFailure("m1", "shared.sh", { exitCode: 10, stdout, stderr }).message).toBe(
      "m1: the node is not fit for Kubernetes: memory: a master needs 1700 MiB of memory, there are 256 MiB; swap: swap is on: /dev/vdb\n" +
        "  sh: out of memory",
    );
  });

  it("takes no time, whatever the lines are", () => {
    const starts = KUBEADM_FAILURES.map(({ pattern }) => pattern.source.replace(/[\\^$.*+?()[\]{}|]/g, " "));
    const hostile = [
      "failed to pull image a: ",
      "[ERROR A",
      "error execution phase ",
      "cluster-info",
      '"',
      " ",
      ...starts,
    ];
    const lines = hostile.map((word) => word.repeat(Math.ceil(1_000_000 / word.length)));
    const spent = ownTime(() => explainKubeadm([...lines, ...lines], "m1"));
    expect(spent).toBeLessThan(2_000);
  });
});
