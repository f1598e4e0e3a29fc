import { describe, expect, it } from "vitest";
import { find, subjectOf, type SubjectParts, verdict } from "./subject.js";

const on = (day: string): SubjectParts => ({ computer: { now: () => Date.parse(day) } });
const BOX = (name: string): SubjectParts => ({ spec: `{vagrant: {box: ${name}}}` });

describe("kubernetes-support", () => {
  it.each<[string, SubjectParts, string, string]>([
    ["long before the end", on("2026-11-20"), "ok", "Kubernetes 1.36 gets fixes until 2027-06-28"],
    ["90 days before it", on("2027-03-30"), "ok", "Kubernetes 1.36 gets fixes until 2027-06-28"],
    [
      "89 days before it",
      on("2027-03-31"),
      "failed warning",
      "Kubernetes 1.36 gets fixes for 89 more days, until 2027-06-28",
    ],
    [
      "29 days before it",
      on("2027-05-30"),
      ...(["failed warning", "Kubernetes 1.36 gets fixes for only 29 more days, until 2027-06-28"] as const),
    ],
    ["on the last day", on("2027-06-28"), "failed warning", "Kubernetes 1.36 gets fixes for the last day, 2027-06-28"],
    ["afterwards", on("2027-06-29"), "failed warning", "Kubernetes 1.36 has had no fixes since 2027-06-28"],
  ])("%s", async (_name, parts, expected, evidence) => {
    const found = await find("kubernetes-support", { ...parts, pinned: true });
    const command = expected === "ok" ? null : "alpine-k8s versions";
    expect([verdict(found), found.evidence, found.command]).toEqual([expected, evidence, command]);
  });

  it.each<[string, SubjectParts, string]>([
    ["the spec", { spec: '{kubernetes: {version: "v1.34.2"}}' }, "Kubernetes 1.34 has had no fixes since 2026-10-27"],
    ["the name of the box", BOX("me/alpine-kubernetes-v1.20.2"), "Kubernetes 1.20 has had no fixes since 2022-02-28"],
    ["nothing", BOX("plain"), "the spec does not say which Kubernetes it will be"],
    ["a box that cannot be used", BOX("old-kubernetes-v1.4.4"), "the spec does not say which Kubernetes it will be"],
    ["no valid spec", { spec: false }, "the spec does not say which Kubernetes it will be"],
  ])("before there is a cluster, with the version from %s", async (_name, parts, evidence) => {
    const found = await find("kubernetes-support", { ...on("2026-11-20"), ...parts });
    expect([verdict(found), found.evidence]).toEqual([
      evidence.startsWith("K") ? "failed warning" : "skipped",
      evidence,
    ]);
  });

  it("of a minor that is newer than the table is skipped", async () => {
    const spec = '{kubernetes: {version: "v1.36.1"}}';
    const subject = subjectOf({ ...on("2026-11-20"), spec, pinned: true });
    const identity = subject.identity && { ...subject.identity, kubernetesVersion: "v1.99.0" };
    const found = await find("kubernetes-support", { ...subject, identity });
    expect([verdict(found), found.evidence]).toEqual([
      "skipped",
      "until when Kubernetes 1.99 gets fixes is not known here",
    ]);
  });
});
