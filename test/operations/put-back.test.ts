import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { KubeApi, KubeObject } from "../../src/kube/kube-api.js";
import { KubeError } from "../../src/kube/kube-error.js";
import type { Tools } from "../../src/engine/tools.js";
import { enableAddon } from "../../src/operations/addons/enable.js";
import { addonsStatus } from "../../src/operations/addons/status.js";
import { planUp, up } from "../../src/operations/up/up.js";
import { networkObject, NETWORK_PATH } from "./fake-texts.js";
import { FakeWorld } from "./fake-world.js";
import { idsOf } from "./plans.js";

const SPEC = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  addons: [{ name: canal, manifest: network.yaml }, { name: shop, manifest: shop.yaml }]
`;
const SHOP = `apiVersion: v1
kind: ConfigMap
metadata: { name: prices, namespace: shop }
data: { tea: "2", till: "" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: coredns, namespace: kube-system }
spec: { replicas: 2 }
`;
const PRICES = "/api/v1/namespaces/shop/configmaps/prices";
const DEPLOYMENT = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";
const INVENTORY = "/api/v1/namespaces/kube-system/configmaps/alpine-k8s-addon-shop";

let world: FakeWorld;
let preview: KubeApi["preview"] | undefined;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await writeFile(join(world.folder, "shop.yaml"), SHOP);
  preview = undefined;
  await up({ ...input(), overrides: {} });
});

function input() {
  const real = world.tools();
  const tools: Tools = {
    ...real,
    manifest: (asked) =>
      asked.ref.name === "shop" ? Promise.resolve({ text: SHOP, source: "shop.yaml" }) : real.manifest(asked),
    kube: async (asked) => ({ ...(await real.kube(asked)), ...(preview === undefined ? {} : { preview }) }),
  };
  return { folder: world.folder, tools, progress: world.progress(), signal: new AbortController().signal };
}

function change(path: string, fields: Readonly<Record<string, unknown>>): void {
  world.objects.set(path, { ...(world.objects.get(path) as KubeObject), ...fields });
}

/** What the plan has, what a run then applied, and its warnings; after it there is nothing to do. */
async function putBack() {
  const plan = idsOf(await planUp({ ...input(), overrides: {} })).all;
  world.transcript.splice(0);
  const { warnings } = await up({ ...input(), overrides: {} });
  const applied = world.transcript.filter((line) => / APPLY /.test(line));
  expect(idsOf(await planUp({ ...input(), overrides: {} })).all).toEqual([]);
  return { plan, applied, warnings };
}

describe("up puts back", () => {
  it("what somebody deleted and changed of an add-on, and nothing else of it", async () => {
    world.objects.delete(PRICES);
    change(DEPLOYMENT, { spec: { replicas: 0 } });
    expect(await putBack()).toEqual({
      plan: ["apply-add-ons/-/put-back-shop"],
      applied: ["Apply add-ons / api APPLY ConfigMap/prices Deployment/coredns"],
      warnings: ["put back of shop: ConfigMap shop/prices (deleted), Deployment kube-system/coredns (changed)"],
    });
    expect(world.objects.get(DEPLOYMENT)).toMatchObject({ spec: { replicas: 2 } });
  });

  it("the network before nodes join", async () => {
    world.objects.delete(NETWORK_PATH);
    expect(await putBack()).toEqual({
      plan: ["apply-network/-/put-back-canal"],
      applied: ["Apply the network / api APPLY DaemonSet/practice-network"],
      warnings: ["put back of canal: DaemonSet kube-system/practice-network (deleted)"],
    });
  });

  it("an inventory that somebody deleted", async () => {
    const before = world.objects.get(INVENTORY);
    world.objects.delete(INVENTORY);
    expect((await putBack()).applied).toEqual(["Apply add-ons / api APPLY ConfigMap/alpine-k8s-addon-shop"]);
    expect(world.objects.get(INVENTORY)).toEqual(before);
  });

  it("the rest, when it was cut off", async () => {
    world.objects.delete(NETWORK_PATH);
    world.objects.delete(DEPLOYMENT);
    world.onCommand = (line) => {
      if (line === "api APPLY Deployment/coredns") throw new Error("cut off");
    };
    await expect(up({ ...input(), overrides: {} })).rejects.toThrow("cut off");
    world.onCommand = () => undefined;
    expect((await putBack()).plan).toEqual(["apply-add-ons/-/put-back-shop"]);
  });

  it.each<[string, () => void]>([
    ["nothing of what others have added", () => change(PRICES, { data: { tea: "2", coffee: "3" } })],
    ["nothing of what the manifest leaves empty", () => change(PRICES, { data: { tea: "2", till: "filled" } })],
    ["nothing that only the cluster notes", () => change(NETWORK_PATH, { ...networkObject(), status: { ready: 3 } })],
  ])("%s", async (_what, act) => {
    act();
    expect(await putBack()).toEqual({ plan: [], applied: [], warnings: [] });
  });

  it("nothing that the API writes in its own way", async () => {
    change(DEPLOYMENT, { spec: { replicas: "2" } });
    preview = () => Promise.resolve(world.objects.get(DEPLOYMENT) as KubeObject);
    expect(await putBack()).toEqual({ plan: [], applied: [], warnings: [] });
  });

  it("nothing that the API does not take back, which is told", async () => {
    change(DEPLOYMENT, { spec: { replicas: 5 } });
    preview = () => Promise.reject(new KubeError("applying Deployment x", 422, "Invalid", "field is immutable"));
    const { plan, applied, warnings } = await putBack();
    expect({ plan, applied }).toEqual({ plan: [], applied: [] });
    expect(warnings).toEqual([
      "shop: somebody has changed an object, which cannot be put back: applying Deployment x: field is immutable (422 Invalid)",
    ]);
  });
});

describe("addons enable, given again,", () => {
  it("puts back what is gone, and what others have changed with --force-conflicts", async () => {
    world.objects.delete(PRICES);
    change(DEPLOYMENT, { spec: { replicas: 0 }, status: world.objects.get(DEPLOYMENT)?.["status"] });
    const wish = { name: "shop", set: [], manifest: "shop.yaml" };
    const enable = (forceConflicts: boolean) =>
      enableAddon({ ...input(), name: "shop", wish, forceConflicts, timeout: undefined });
    expect((await enable(false)).warnings).toEqual(["put back of shop: ConfigMap shop/prices (deleted)"]);
    const { addons } = await addonsStatus({ ...input(), name: "shop" });
    expect(addons).toMatchObject([
      { missing: [], changed: ["Deployment kube-system/coredns: it is not as it was applied"] },
    ]);
    expect((await enable(true)).warnings).toEqual(["put back of shop: Deployment kube-system/coredns (changed)"]);
    expect(await enable(false)).toMatchObject({ applied: false, warnings: [] });
  });
});
