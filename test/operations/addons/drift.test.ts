import { describe, expect, it } from "vitest";
import type { KubeApi, KubeObject } from "../../../src/kube/kube-api.js";
import { KubeError } from "../../../src/kube/kube-error.js";
import { driftsOf, driftText, type Drift } from "../../../src/operations/addons/drift.js";
import { FakeObjects } from "./fake-objects.js";
import { pathOf } from "./object-path.js";

const NONE: Drift = { missing: [], changed: [], stuck: [] };

function object(kind: string, name: string, fields: Readonly<Record<string, unknown>> = {}): KubeObject {
  if (kind === "CustomResourceDefinition")
    return { apiVersion: "apiextensions.k8s.io/v1", kind, metadata: { name }, ...fields };
  return { apiVersion: "v1", kind, metadata: { name, namespace: "shop" }, ...fields };
}

/** Looks at these objects, of which some are there; with the requests that this took. */
async function look(wanted: readonly KubeObject[], there: readonly KubeObject[], more: Partial<KubeApi> = {}) {
  const objects = new FakeObjects();
  for (const one of there) objects.put(pathOf(one), one);
  const asked: string[] = [];
  const api = objects.api();
  const kube: KubeApi = {
    ...api,
    find: (path) => (asked.push(`find ${path}`), api.find(path)),
    list: (path) => (asked.push(`list ${path}`), api.list(path)),
    ...more,
  };
  const drifts = await driftsOf(kube, new Map([["shop", { refs: wanted, objects: wanted }]]), signal);
  return { drift: drifts.get("shop"), asked };
}

const signal = new AbortController().signal;

describe("what others have done to objects", () => {
  it("is asked with one list where there are several of a kind in one place", async () => {
    const all = ["a", "b", "c"].map((name) => object("ConfigMap", name));
    const { drift, asked } = await look([...all, object("Secret", "s")], [...all.slice(1), object("Secret", "s")]);
    expect(drift?.missing).toEqual([all[0]]);
    expect(asked).toEqual(["list /api/v1/namespaces/shop/configmaps", "find /api/v1/namespaces/shop/secrets/s"]);
  });

  it("is asked of definitions by the kinds that the API serves, and by name of those that it does not", async () => {
    const [bears, cats] = ["bears", "cats"].map((name) => object("CustomResourceDefinition", `${name}.example.com`));
    if (bears === undefined || cats === undefined) throw new Error("there are two");
    const { drift, asked } = await look([bears, cats], [], {
      groupPath: (group) => Promise.resolve(`/apis/${group}/v1`),
      get: (path) => Promise.resolve(path === "/apis/example.com/v1" ? { resources: [{ name: "bears" }] } : {}),
    });
    expect(drift?.missing).toEqual([cats]);
    expect(asked).toEqual([`find ${pathOf(cats)}`]);
    const none = await look([bears], [], {
      groupPath: () => Promise.reject(new KubeError("asking for the API group", 404, "NotFound", "no such group")),
    });
    expect(none.drift?.missing).toEqual([bears]);
  });

  it("is asked where kinds mostly are, and where the API has the others", async () => {
    const policy = { ...object("NetworkPolicy", "p"), apiVersion: "networking.k8s.io/v1" };
    const odd = object("Sheep", "dolly");
    const path = "/api/v1/namespaces/shop/sheep/dolly";
    const there = new Map([
      ["/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/p", policy],
      [path, odd],
    ]);
    const asked: string[] = [];
    const find = (at: string) => (asked.push(at), Promise.resolve(there.get(at)));
    const { drift } = await look([policy, odd], [], { find, pathOf: () => Promise.resolve(path) });
    expect(drift).toEqual(NONE);
    expect(asked).toEqual([...there.keys()].toSpliced(1, 0, "/api/v1/namespaces/shop/sheeps/dolly"));
    const none = await look([odd], [], { find, pathOf: () => Promise.resolve(undefined) });
    expect(none.drift?.missing).toEqual([odd]);
  });

  it("does not count for Jobs, and for data only when it is gone", async () => {
    const volume = object("PersistentVolumeClaim", "v", { spec: { storage: 1 } });
    const bigger = { ...volume, spec: { storage: 2 } };
    expect((await look([object("Job", "once"), volume], [bigger])).drift).toEqual(NONE);
  });

  it("is not known when the API is away", async () => {
    const away = new KubeError("GET /x", 503, "", "it starts");
    const wanted = object("ConfigMap", "a", { data: { tea: "2" } });
    const there = object("ConfigMap", "a", { data: { tea: "3" } });
    await expect(look([wanted], [there], { preview: () => Promise.reject(away) })).rejects.toBe(away);
  });

  it("is told in one line of some objects", () => {
    const missing = ["a", "b", "c", "d", "e", "f"].map((name) => object("ConfigMap", name));
    expect(driftText({ ...NONE, missing })).toMatch(/^ConfigMap shop\/a \(deleted\), .* \(deleted\) and 1 more$/);
    expect(driftText(NONE)).toBe("");
  });
});
