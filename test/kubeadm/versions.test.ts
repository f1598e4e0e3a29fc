import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import {
  assertSameVersion,
  kubeadmApiVersion,
  kubectlSkew,
  kubeletSkew,
  minorOf,
  parseKubeadmVersion,
} from "../../src/model/kubeadm/versions.js";

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

describe("parseKubeadmVersion", () => {
  it.each<[string, string | undefined]>([
    ["v1.28.7\n", "v1.28.7"],
    ["v1.36.1+vendor\n", "v1.36.1+vendor"],
    ["kubeadm: not found", undefined],
    ["", undefined],
  ])("reads %j", (output, version) => expect(parseKubeadmVersion(output)).toBe(version));
});

describe("assertSameVersion", () => {
  it("takes the same and no other", () => {
    const isTaken = (found: string): boolean => {
      try {
        assertSameVersion("minion1", found, "v1.36.1");
        return true;
      } catch {
        return false;
      }
    };
    expect(["v1.36.0", "v1.36.1", "v1.36.10", "v1.36.1+vendor"].filter(isTaken)).toEqual(["v1.36.1"]);
  });

  it.each(["v1.36.2", "v1.35.1", "v1.36.1+vendor"])("refuses %s with exit 2 and what to do", (found) => {
    let error: unknown;
    try {
      assertSameVersion("minion1", found, "v1.36.1");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AlpineK8sError);
    expect(error).toMatchObject({
      kind: "conflict",
      node: "minion1",
      message: `minion1 carries kubeadm ${found}, but the cluster is made with v1.36.1`,
    });
    expect((error as AlpineK8sError).hints[0]).toBe("install Kubernetes v1.36.1 on minion1, or take another box");
  });
});

describe("skew", () => {
  it.each<[string, string, string | undefined]>([
    ["v1.36.1", "v1.36.0", undefined],
    ["v1.33.0", "v1.36.1", undefined],
    ["v1.32.0", "v1.36.1", "the kubelet v1.32.0 is more than 3 minors older than the API server v1.36.1"],
    ["v1.37.0", "v1.36.1", "the kubelet v1.37.0 is newer than the API server v1.36.1"],
    ["v1.20.2", "v1.20.2", undefined],
    ["v1.22.0", "v1.24.0", undefined],
    ["v1.20.2", "v1.23.0", "the kubelet v1.20.2 is more than 2 minors older than the API server v1.23.0"],
    ["v1.22.0", "v1.25.0", undefined],
  ])("kubelet %s with API server %s: %s", (kubelet, server, why) => expect(kubeletSkew(kubelet, server)).toBe(why));

  it.each<[string, string, string | undefined]>([
    ["v1.35.0", "v1.36.1", undefined],
    ["v1.37.0", "v1.36.1", undefined],
    ["v1.34.0", "v1.36.1", "kubectl v1.34.0 is 2 minors away from the API server v1.36.1; 1 is supported"],
    ["v1.28.0", "v1.36.1", "kubectl v1.28.0 is 8 minors away from the API server v1.36.1; 1 is supported"],
  ])("kubectl %s with API server %s: %s", (kubectl, server, why) => expect(kubectlSkew(kubectl, server)).toBe(why));
});
