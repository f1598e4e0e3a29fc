import { describe, expect, it } from "vitest";
import { kubeadmApiVersion, kubectlSkew, minorOf } from "../../src/model/versions/kubernetes.js";

describe("kubeadmApiVersion", () => {
  it.each([
    ["v1.20.2", "v1beta2"],
    ["v1.21.14", "v1beta2"],
    ["v1.22.0", "v1beta3"],
    ["v1.30.14", "v1beta3"],
    ["v1.31.0", "v1beta4"],
    ["v1.36.1+vendor", "v1beta4"],
    ["v1.37.0-rc.1", "v1beta4"],
  ])("of %s is %s", (version, api) => expect(kubeadmApiVersion(version)).toBe(api));

  it.each(["v1.19.16", "v1.38.0"])("refuses %s", (version) => {
    expect(() => kubeadmApiVersion(version)).toThrow(
      `no kubeadm documents are known for Kubernetes ${version}: 1.20 to 1.37 are supported`,
    );
  });
});

describe("minorOf", () => {
  it("reads versions with parts behind", () => {
    expect([minorOf("v1.28.7"), minorOf("v1.36.1+vendor"), minorOf("v1.37.0-rc.0")]).toEqual([28, 36, 37]);
  });
  it.each(["1.30", "v1.30", "v2.1.0", "", "latest"])("refuses %j", (version) => {
    expect(() => minorOf(version)).toThrow("is not a Kubernetes version of the form v1.Y.Z");
  });
});

describe("skew", () => {
  it.each<[string, string, string | undefined]>([
    ["v1.35.0", "v1.36.1", undefined],
    ["v1.37.0", "v1.36.1", undefined],
    ["v1.34.0", "v1.36.1", "kubectl v1.34.0 is 2 minors away from the API server v1.36.1; 1 is supported"],
    ["v1.28.0", "v1.36.1", "kubectl v1.28.0 is 8 minors away from the API server v1.36.1; 1 is supported"],
  ])("kubectl %s with API server %s: %s", (kubectl, server, why) => expect(kubectlSkew(kubectl, server)).toBe(why));
});
