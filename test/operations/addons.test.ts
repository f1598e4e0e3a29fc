import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { clusterStatus } from "../../src/operations/status.js";
import type { Tools } from "../../src/engine/tools.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld } from "./fake-world.js";

const SPEC = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  addons: [{ name: canal, manifest: network.yaml }, { name: shop, manifest: shop.yaml }]
`;
const SHOP = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: coredns, namespace: kube-system }\n";
const SHA256 = createHash("sha256").update(SHOP).digest("hex");

let world: FakeWorld;
let missing: Error | undefined;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await writeFile(join(world.folder, "shop.yaml"), SHOP);
  missing = undefined;
});

function input() {
  const real = world.tools();
  const tools: Tools = {
    ...real,
    manifest: (asked) => {
      if (asked.ref.name !== "shop") return real.manifest(asked);
      return missing === undefined ? Promise.resolve({ text: SHOP, source: "shop.yaml" }) : Promise.reject(missing);
    },
  };
  return { folder: world.folder, tools, progress: world.progress(), signal: new AbortController().signal };
}

const applied = (): void => {
  const metadata = { name: "alpine-k8s-addons", namespace: "kube-system" };
  const record = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { shop: SHA256 } };
  world.objects.set("/api/v1/namespaces/kube-system/configmaps/alpine-k8s-addons", record);
};

describe("an add-on besides the network", () => {
  it("is applied once, and the cluster remembers which one", async () => {
    await up({ ...input(), overrides: {} });
    expect(world.transcript).toContain("Apply add-ons / api APPLY Deployment/coredns");
    expect(world.transcript).toContain("Apply add-ons / api APPLY ConfigMap/alpine-k8s-addons");
    applied();
    world.transcript.splice(0);
    await up({ ...input(), overrides: {} });
    expect(world.transcript).toContain("Apply add-ons: nothing to do, applied already");
    expect(world.transcript.filter((line) => line.includes("APPLY Deployment"))).toEqual([]);
  });

  it("is looked at by status, which fetches nothing for it", async () => {
    await up({ ...input(), overrides: {} });
    const status = await clusterStatus(input());
    expect(status.conditions.map(({ id, met }) => [id, met])).toContainEqual(["addons-available", true]);
    expect(status.healthy).toBe(true);
    missing = new Error("shop.yaml is not there");
    expect(await clusterStatus(input())).toMatchObject({
      healthy: false,
      upWould: ["fetch add-ons: shop.yaml is not there"],
    });
  });
});
