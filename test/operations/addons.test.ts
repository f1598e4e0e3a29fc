import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { statusText } from "../../src/cli/text/status.js";
import { clusterStatus } from "../../src/operations/status.js";
import type { Tools } from "../../src/engine/tools.js";
import { disableAddon } from "../../src/operations/addons/disable.js";
import { enableAddon } from "../../src/operations/addons/enable.js";
import { renderCluster } from "../../src/operations/folder/render.js";
import { planUp, up } from "../../src/operations/up/up.js";
import { treeOf } from "../stories/support/tree.js";
import { ADDONS_RECORD } from "./fake-api.js";
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
let shop: string;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await writeFile(join(world.folder, "shop.yaml"), SHOP);
  missing = undefined;
  shop = SHOP;
});

function input() {
  const real = world.tools();
  const tools: Tools = {
    ...real,
    manifest: (asked) => {
      if (asked.ref.name !== "shop") return real.manifest(asked);
      return missing === undefined ? Promise.resolve({ text: shop, source: "shop.yaml" }) : Promise.reject(missing);
    },
  };
  return { folder: world.folder, tools, progress: world.progress(), signal: new AbortController().signal };
}

/** The sums by add-on that the cluster has. */
const recorded = (): unknown => world.objects.get(ADDONS_RECORD)?.["data"];

function record(data: Readonly<Record<string, string>>): void {
  const metadata = { name: "alpine-k8s-addons", namespace: "kube-system" };
  world.objects.set(ADDONS_RECORD, { apiVersion: "v1", kind: "ConfigMap", metadata, data });
}

const NETWORK_APPLIED = "Apply the network / api APPLY DaemonSet/practice-network";

/** What a run has done about the network and other add-ons. */
async function applies(): Promise<readonly string[]> {
  world.transcript.splice(0);
  await up({ ...input(), overrides: {} });
  return world.transcript.filter((line) => /^Apply .* (?:APPLY|to do)/.test(line));
}

const NOTHING = ["Apply the network: nothing to do, applied already", "Apply add-ons: nothing to do, applied already"];
const NETWORK_RECORDED = "Apply the network / api APPLY ConfigMap/alpine-k8s-addons";
const NETWORK_NOTED = "Apply the network / api APPLY ConfigMap/alpine-k8s-addon-canal";
const NETWORK_BOTH = `${NETWORK_NOTED} ConfigMap/alpine-k8s-addons`;
/** Its objects are noted and the older sum taken out of the record first. */
const NETWORK_CHANGED = [NETWORK_BOTH, NETWORK_APPLIED, NETWORK_RECORDED];

describe("the network", () => {
  it("of a new cluster is applied by master.sh, and recorded", async () => {
    expect(await applies()).toEqual([
      NETWORK_BOTH,
      "Apply add-ons / api APPLY ConfigMap/alpine-k8s-addon-shop",
      "Apply add-ons / api APPLY Deployment/coredns",
      "Apply add-ons / api APPLY ConfigMap/alpine-k8s-addons",
    ]);
    expect(recorded()).toEqual({ canal: world.networkSha256, shop: SHA256 });
  });

  it("is judged by the cluster's record alone, whatever a master has noted", async () => {
    await up({ ...input(), overrides: {} });
    const all = recorded();
    // Through another master another one was applied since.
    record({ canal: "another", shop: SHA256 });
    expect(await applies()).toEqual([...NETWORK_CHANGED, NOTHING[1]]);
    expect(recorded()).toEqual(all);
    world.machine("master1").networkSha256 = "another";
    expect(await applies()).toEqual(NOTHING);
  });

  it("is applied once more, and recorded, where the record does not have it yet", async () => {
    await up({ ...input(), overrides: {} });
    record({ shop: SHA256 });
    expect(await applies()).toEqual([NETWORK_NOTED, NETWORK_APPLIED, NETWORK_RECORDED, NOTHING[1]]);
    expect(await applies()).toEqual(NOTHING);
  });

  it.each([
    ["has applied a changed one, is recorded beside the others", "another", [NETWORK_BOTH]],
    ["finds its own note, is applied all the same", undefined, NETWORK_CHANGED],
  ])("where master.sh brings a master up and %s", async (_what, note, done) => {
    await up({ ...input(), overrides: {} });
    const all = recorded();
    record({ canal: "another", shop: SHA256 });
    const master = world.machine("master1");
    Object.assign(master, { api: "down", networkSha256: note ?? master.networkSha256 });
    expect(await applies()).toEqual([...done, NOTHING[1]]);
    expect(recorded()).toEqual(all);
  });

  describe("is not replaced", () => {
    const spec = (text: string): Promise<void> => writeFile(join(world.folder, "alpine-k8s.yaml"), text);
    const contradiction = (wanted: string) => ({
      kind: "conflict",
      message: `the spec contradicts the cluster demo that exists:\n  the pod network in spec.addons: the cluster has canal, the spec says ${wanted}`,
      hints: [
        "put canal back into spec.addons, in the place of another network: pods and nodes keep what their network has given them, so none replaces it",
        "or make a new cluster with the new values: in another folder, or here after: alpine-k8s destroy",
      ],
    });

    beforeEach(async () => {
      await up({ ...input(), overrides: {} });
      world.transcript.splice(0);
    });

    it.each([
      ["another one", SPEC.replace("name: canal", "name: flannel"), "flannel"],
      ["one of the user's own", SPEC.replace("name: canal", "name: mine"), "mine"],
      ["the catalogue's other one", `${SPEC.split("  addons")[0] ?? ""}  addons: [flannel]\n`, "flannel"],
      ["none", `${SPEC.split("  addons")[0] ?? ""}  addons: []\n  network: none\n`, "none"],
    ])("by %s: up and render say so, and nothing is asked or written", async (_, text, wanted) => {
      await spec(text);
      // Its API is down: a master that is brought up would apply what it is given.
      Object.assign(world.machine("master1"), { api: "down" });
      const before = await treeOf(world.folder);
      await expect(up({ ...input(), overrides: {} })).rejects.toMatchObject(contradiction(wanted));
      await expect(planUp({ ...input(), overrides: {} })).rejects.toMatchObject(contradiction(wanted));
      const rendering = renderCluster({ ...input(), overrides: {}, force: false });
      await expect(rendering).rejects.toMatchObject(contradiction(wanted));
      expect(world.transcript).toEqual([]);
      expect(await treeOf(world.folder)).toEqual(before);
    });

    it("by an empty list, which names no network", async () => {
      await spec(`${SPEC.split("  addons")[0] ?? ""}  addons: []\n`);
      await expect(up({ ...input(), overrides: {} })).rejects.toMatchObject({
        kind: "usage",
        message: expect.stringContaining("names no pod network: add canal or flannel") as string,
      });
      expect(world.transcript).toEqual([]);
    });

    it("by addons enable, which leaves the spec as it is", async () => {
      const wish = { name: "flannel", set: [] };
      const enabling = enableAddon({ ...input(), name: "flannel", wish, forceConflicts: false, timeout: 5_000 });
      await expect(enabling).rejects.toMatchObject({
        kind: "usage",
        message: "flannel is a pod network, and the cluster has canal",
        hints: ["a cluster has one network; canal is replaced with a new cluster"],
      });
      expect(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8")).toBe(SPEC);
    });

    it("by addons disable, which leaves the spec as it is", async () => {
      const confirm = (): Promise<boolean> => Promise.reject(new Error("nobody was to be asked"));
      const disabling = disableAddon({ ...input(), name: "canal", withData: false, timeout: 5_000, confirm });
      await expect(disabling).rejects.toMatchObject({
        kind: "usage",
        message: "canal is the cluster's only pod network: without it no pod starts",
        hints: ["it goes with the cluster: alpine-k8s destroy"],
      });
      expect(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8")).toBe(SPEC);
    });
  });

  it("of a folder that does not name it is not replaced either: the cluster's record does", async () => {
    await up({ ...input(), overrides: {} });
    const identity = join(world.folder, ".alpine-k8s/identity.yaml");
    await writeFile(identity, (await readFile(identity, "utf8")).replace("podNetwork: canal\n", ""));
    const all = recorded();
    await writeFile(join(world.folder, "alpine-k8s.yaml"), SPEC.replace("name: canal", "name: flannel"));
    await expect(applies()).rejects.toMatchObject({
      kind: "conflict",
      message: expect.stringContaining("network is canal, and the spec has flannel; it was left alone") as string,
    });
    expect(world.transcript.filter((line) => line.includes("APPLY"))).toEqual([]);
    expect(recorded()).toEqual(all);
  });

  it("is applied again by the next run when one is cut off before it is recorded", async () => {
    await up({ ...input(), overrides: {} });
    record({ shop: SHA256 });
    world.onCommand = (line) => {
      if (line === "api APPLY ConfigMap/alpine-k8s-addons") throw new Error("cut off");
    };
    await expect(applies()).rejects.toThrow("cut off");
    expect(world.transcript).toContain(NETWORK_APPLIED);
    world.onCommand = () => undefined;
    expect(await applies()).toEqual([NETWORK_NOTED, NETWORK_APPLIED, NETWORK_RECORDED, NOTHING[1]]);
  });

  it("and the other add-ons are looked up in the record at once, over one connection", async () => {
    await up({ ...input(), overrides: {} });
    let connections = 0;
    const { tools, ...around } = input();
    const counting: Tools = {
      ...tools,
      kube: (asked) => {
        connections += 1;
        return tools.kube(asked);
      },
    };
    world.transcript.splice(0);
    await up({ ...around, tools: counting, overrides: {} });
    expect(world.transcript.filter((line) => line.includes(ADDONS_RECORD))).toEqual([
      `Apply the network / api GET ${ADDONS_RECORD}`,
    ]);
    expect(connections).toBe(1);
  });
});

describe("an add-on besides the network", () => {
  it("is applied once, and the cluster remembers which one", async () => {
    await up({ ...input(), overrides: {} });
    record({ canal: world.networkSha256, shop: "another" });
    expect(await applies()).toEqual([
      NOTHING[0],
      "Apply add-ons / api APPLY ConfigMap/alpine-k8s-addon-shop ConfigMap/alpine-k8s-addons",
      "Apply add-ons / api APPLY Deployment/coredns",
      "Apply add-ons / api APPLY ConfigMap/alpine-k8s-addons",
    ]);
    expect(recorded()).toEqual({ canal: world.networkSha256, shop: SHA256 });
    expect(await applies()).toEqual(NOTHING);
  });

  it("that was applied in part is applied anew, also where the spec has gone back to the manifest of before", async () => {
    await up({ ...input(), overrides: {} });
    shop = `${SHOP}# another\n`;
    world.onCommand = (line) => {
      if (line === "api APPLY Deployment/coredns") throw new Error("cut off");
    };
    await expect(applies()).rejects.toThrow("cut off");
    expect(recorded()).toEqual({ canal: world.networkSha256 });
    world.onCommand = () => undefined;
    shop = SHOP;
    expect(await applies()).toContain("Apply add-ons / api APPLY Deployment/coredns");
    expect(recorded()).toEqual({ canal: world.networkSha256, shop: SHA256 });
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

  it("that is not ready is told and not waited for, unless that is asked for", async () => {
    shop = SHOP.replace("name: coredns", "name: shop");
    const { warnings } = await up({ ...input(), overrides: {} });
    const reason = "Deployment kube-system/shop does not exist";
    expect(warnings).toEqual([`add-ons are not ready yet: ${reason}; to wait for them: alpine-k8s up --wait addons`]);
    const status = await clusterStatus(input());
    expect(status).toMatchObject({ healthy: true, upWould: [] });
    expect(status.conditions).toContainEqual({ id: "addons-available", met: false, reason });
    expect(statusText(status)).toContain(
      "\n\nAdd-ons are not ready yet; to wait for them: alpine-k8s up --wait addons",
    );
    await expect(up({ ...input(), overrides: {}, waitFor: "addons" })).rejects.toMatchObject({
      kind: "timeout",
      message: expect.stringContaining(`the cluster's conditions: addons-available: ${reason}`) as string,
    });
  });
});
