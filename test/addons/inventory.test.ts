import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inventoryIn, inventoryObject, refsOf, united, without } from "../../src/addons/inventory/inventory.js";
import { isOurs } from "../../src/addons/inventory/field-manager.js";
import { refsIn } from "../../src/addons/inventory/refs-in.js";
import { removalParts } from "../../src/addons/inventory/removal-order.js";
import { parseManifest } from "../../src/addons/manifest.js";
import type { ObjectRef } from "../../src/kube/kube-object.js";

const canal = readFileSync(new URL("fixtures/canal.yaml", import.meta.url), "utf8");
const ref = (apiVersion: string, kind: string, name: string, namespace?: string): ObjectRef => ({
  ...{ apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
});

describe("the inventory of an add-on", () => {
  it("names the objects of a manifest as a parser does", () => {
    expect(refsIn(canal, "canal")).toEqual(refsOf(parseManifest(canal, "canal")));
  });

  it.each([
    ["flow style", "{apiVersion: v1, kind: Secret, metadata: {name: a}}\n"],
    ["a comment behind a value", "apiVersion: v1 # x\nkind: Secret\nmetadata:\n  name: a\n"],
    ["a list", "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: a}}]\n"],
    ["labels with the same keys", "apiVersion: v1\nkind: Secret\nmetadata:\n  labels:\n    name: b\n  name: a\n"],
    ["quotes", 'apiVersion: "v1"\nkind: Secret\nmetadata:\n  name: "a"\n'],
  ])("also in %s", (_what, text) => {
    expect(refsIn(text, "x")).toEqual([ref("v1", "Secret", "a")]);
  });

  it("comes back from its ConfigMap", () => {
    const inventory = {
      ...{ sha256: "ab", version: "v1.0.0" },
      objects: [ref("v1", "Namespace", "shop"), ref("apps/v1", "Deployment", "web", "shop")],
    };
    expect(inventoryIn(inventoryObject("shop", inventory))).toEqual(inventory);
  });

  it("takes an object for the same in another version of its group, and where a namespace is not named", () => {
    const old = [ref("policy/v1beta1", "PodDisruptionBudget", "a", "x"), ref("v1", "Secret", "b", "default")];
    const now = [ref("policy/v1", "PodDisruptionBudget", "a", "x"), ref("v1", "Secret", "b")];
    expect(without(old, now)).toEqual([]);
    expect(united(now, old)).toEqual(now);
    expect(without([ref("a.example/v1", "Shop", "a")], [ref("b.example/v1", "Shop", "a")])).toHaveLength(1);
  });

  it("is removed in parts: workloads, what is in namespaces, the cluster's, definitions, namespaces", () => {
    const kinds = [
      ref("v1", "Namespace", "shop"),
      ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", "shops"),
      ref("rbac.authorization.k8s.io/v1", "ClusterRole", "shop"),
      ref("v1", "ServiceAccount", "shop", "shop"),
      ref("v1", "ConfigMap", "shop", "shop"),
      ref("apps/v1", "Deployment", "shop", "shop"),
    ];
    const parts = removalParts(kinds.map((one) => ({ ref: one })));
    expect(parts.map((part) => part.map((one) => one.ref.kind))).toEqual([
      ["Deployment"],
      ["ConfigMap", "ServiceAccount"],
      ["ClusterRole"],
      ["CustomResourceDefinition"],
      ["Namespace"],
    ]);
  });
});

describe("an object of an inventory is ours or not", () => {
  const noted = (kind: string, ...managers: string[]) => ({
    ...{ apiVersion: "v1", kind },
    metadata: { name: "shop", managedFields: managers.map((manager) => ({ manager })) },
  });

  it.each([
    ["with a field of ours", noted("Deployment", "kubectl", "alpine-k8s"), true],
    ["with fields of others alone", noted("Deployment", "kubectl"), false],
    ["without fields, of a kind that has some", noted("Deployment"), false],
    ["without fields, of a kind that may have none", noted("Namespace"), true],
    ["with what the cluster adds", noted("ServiceAccount", "kube-controller-manager"), true],
    ["that somebody else made", noted("Namespace", "kubectl-create"), false],
  ])("%s", (_what, object, expected) => {
    expect(isOurs(object)).toBe(expected);
  });
});
