import { describe, expect, it } from "vitest";
import { clusterText, imagesText } from "../../../src/cli/text/timings-cluster.js";
import { parseRun } from "../../../src/operations/timings/recorded-run.js";
import { timingsOf } from "../../../src/operations/timings/timings.js";
import { at, RunLines } from "./run-lines.js";

const NONE = { created: null, scheduled: null, started: null, ready: null };

describe("the cluster's own times", () => {
  const lines = RunLines.of("up")
    .event(1, { kind: "clock", node: "master1", offset: 2 })
    .event(1, { kind: "clock", node: "minion1", offset: -3 })
    .event(60, {
      ...{ kind: "object", object: "Pod kube-system/coredns-1", node: "minion1", master: "master1" },
      ...{ created: at(32), scheduled: at(33), started: at(37), ready: at(47) },
    })
    .event(60, { ...NONE, kind: "object", object: "Node master1", node: "master1", master: "master1", ready: at(22) })
    .event(60, { ...NONE, kind: "object", object: "Node old", node: "minion2", master: null, ready: at(-500) })
    .event(60, { ...NONE, kind: "object", object: "Pod waits", node: null, master: null, created: at(30) })
    .ended(61);
  const timings = timingsOf("run", parseRun(lines.texts()));

  it("are corrected by the clocks of the nodes that have set them, in the order of being ready", () => {
    expect(timings.objects).toEqual([
      { ...NONE, object: "Node master1", node: "master1", ready: at(20) },
      {
        ...{ object: "Pod kube-system/coredns-1", node: "minion1" },
        ...{ created: at(30), scheduled: at(31), started: at(40), ready: at(50) },
      },
      { ...NONE, object: "Pod waits", node: null, created: at(30) },
    ]);
  });

  it("are told in seconds of the run, and what is not known is said", () => {
    expect(clusterText(timings).join("\n").split("\n").slice(-4)).toEqual([
      "OBJECT                     NODE     CREATED    SCHEDULED  STARTED    READY",
      "Node master1               master1  not known  not known  not known  20.0",
      "Pod kube-system/coredns-1  minion1  30.0       31.0       40.0       50.0",
      "Pod waits                  -        30.0       not known  not known  not known",
    ]);
  });
});

describe("images", () => {
  const image = (name: string, second: number, more: object = {}) => ({
    ...{
      kind: "image" as const,
      node: "minion1",
      image: name,
      bytes: 3_145_728,
      milliseconds: 2300,
      pulledAt: at(second),
    },
    ...more,
  });
  const lines = RunLines.of("up")
    .part("init", { from: 2, to: 7 }, { waitsFor: "image a", image: "registry.k8s.io/etcd:3.5" })
    .part("init", { from: 7 }, { waitsFor: "image b", image: "localhost/b:1" })
    .event(60, image("ghcr.io/flannel/flannel:1", 30))
    .event(60, image("library/old", -30))
    .event(60, image("user/one", 31, { bytes: null, milliseconds: null, node: null }));
  const timings = timingsOf("run", parseRun(lines.texts()));

  it("are those that kubeadm and the kubelets have pulled in the run", () => {
    expect(
      timings.images.map(({ image, source, bytes, milliseconds }) => [image, source, bytes, milliseconds]),
    ).toEqual([
      ["registry.k8s.io/etcd:3.5", "registry.k8s.io", null, 5000],
      ["ghcr.io/flannel/flannel:1", "ghcr.io", 3_145_728, 2300],
      ["localhost/b:1", "localhost", null, null],
      ["user/one", "docker.io", null, null],
    ]);
  });

  it("are a table in which what is not known is said", () => {
    const rows = imagesText(timings).join("\n").trim().split("\n");
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ["IMAGE", "NODE", "SOURCE", "SIZE", "SECONDS"],
      ["registry.k8s.io/etcd:3.5", "master1", "registry.k8s.io", "not known", "5.0"],
      ["ghcr.io/flannel/flannel:1", "minion1", "ghcr.io", "3.0 MiB", "2.3"],
      ["localhost/b:1", "master1", "localhost", "not known", "not known"],
      ["user/one", "not known", "docker.io", "not known", "not known"],
    ]);
    expect(imagesText({ images: [] })).toEqual([]);
  });

  it("of which there are many are counted", () => {
    const images = Array.from({ length: 10 }, () => timings.images).flat();
    expect(imagesText({ images }).at(-1)).toBe("25 more took less; -o json has all.");
  });
});
