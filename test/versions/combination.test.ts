import { describe, expect, it } from "vitest";
import { boxName, claimOf } from "../../src/model/versions/box-claim.js";
import { whyImpossible } from "../../src/model/versions/combination.js";
import type { RuntimeName } from "../../src/model/versions/facts.js";

describe("what a box's name says", () => {
  it.each([
    ["alpine-3.24-containerd-kubernetes-v1.36.1", { alpine: "3.24", runtime: "containerd", kubernetes: "v1.36.1" }],
    ["alpine-3.17-docker-kubernetes-v1.23.0-rc.1", { alpine: "3.17", runtime: "docker", kubernetes: "v1.23.0-rc.1" }],
    ["alpine-3.24-crio-kubernetes-v1.36.1+b", { alpine: "3.24", runtime: "crio", kubernetes: "v1.36.1+b" }],
    ["cloud-image/alpine-3.24", { alpine: "3.24" }],
    ["generic/alpine319", { alpine: "3.19" }],
    ["generic-x64/alpine319", { alpine: "3.19" }],
    ["boxomatic/alpine-3.22", { alpine: "3.22" }],
  ])("%s", (box, claim) => expect(claimOf(box)).toEqual(claim));

  it.each([
    "me/alpine-3.24-containerd-kubernetes-v1.36.1",
    "alpine-3.24-podman-kubernetes-v1.36.1",
    "alpine-3.24-containerd-kubernetes-v2.0.0",
    "alpine-3.24-containerd-kubernetes-v1.36.1+a+b",
    "practice/alpine-kubernetes-v1.20.2",
    "me/alpine-3.24",
    "plain",
  ])("is nothing for %s", (box) => expect(claimOf(box)).toBeUndefined());

  it("is what it was made from", () => {
    const claim = { alpine: "3.22", runtime: "containerd", kubernetes: "v1.33.1" } as const;
    expect(claimOf(boxName(claim))).toEqual(claim);
  });
});

describe("a combination", () => {
  const why = (alpine: string, kubernetes: string, runtime: RuntimeName = "containerd") =>
    whyImpossible({ alpine, kubernetes, runtime });

  it.each<[string, string, RuntimeName]>([
    ["3.24", "v1.36.1", "containerd"],
    ["3.24", "v1.36.9+vendor", "crio"],
    ["3.21", "v1.31.5", "containerd"],
    ["3.25", "v1.99.0", "containerd"],
    ["3.17", "v1.23.4", "docker"],
    ["3.20", "v1.20.2", "containerd"],
  ])("of Alpine %s, Kubernetes %s and %s can work, or the table does not tell", (alpine, kubernetes, runtime) => {
    expect(why(alpine, kubernetes, runtime)).toBeUndefined();
  });

  it.each([
    ["3.22", "v1.36.1", "1.36, only of v1.33.1", "3.24", "v1.36.1"],
    ["3.24", "v1.33.0", "1.33, only of v1.36.1", "3.22", "v1.33.1"],
    ["3.24", "v1.35.2", "1.35, only of v1.36.1", "3.24", "v1.36.1"],
    ["3.24", "v1.32.0", "1.32, only of v1.36.1", "3.22", "v1.33.1"],
    ["3.23", "v1.20.2", "1.20, only of v1.34.2", "3.21", "v1.31.5"],
    ["3.23", "v1.99.0", "1.99, only of v1.34.2", "3.24", "v1.36.1"],
  ])("of Alpine %s and Kubernetes %s cannot", (alpine, kubernetes, reason, release, version) => {
    expect(why(alpine, kubernetes)).toEqual({
      part: "kubernetes",
      reason: `Alpine ${alpine} has no packages of Kubernetes ${reason}`,
      nearest: { alpine: release, kubernetes: version, runtime: "containerd" },
    });
  });

  it("with Docker cannot since the kubelet has no way to it of its own", () => {
    expect(why("3.24", "v1.36.1", "docker")).toEqual({
      part: "runtime",
      reason:
        "the kubelet's own way to Docker is gone since Kubernetes 1.24, and Alpine has no package of cri-dockerd, which docker needs with Kubernetes 1.36",
      nearest: { alpine: "3.24", kubernetes: "v1.36.1", runtime: "containerd" },
    });
    expect(why("3.99", "v1.24.0", "docker")?.part).toBe("runtime");
    expect(why("3.99", "v1.23.9", "docker")).toBeUndefined();
  });

  it("with two faults has a nearest one without either", () => {
    expect(why("3.22", "v1.36.1", "docker")).toMatchObject({
      part: "kubernetes",
      nearest: { alpine: "3.24", kubernetes: "v1.36.1", runtime: "containerd" },
    });
  });

  it("needs a version of Kubernetes", () => {
    expect(() => why("3.24", "latest")).toThrow('"latest" is not a Kubernetes version of the form v1.Y.Z');
  });
});
