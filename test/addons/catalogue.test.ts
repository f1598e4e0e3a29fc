import { describe, expect, it } from "vitest";
import { readdirSync } from "node:fs";
import { DELIVERED } from "../../src/addons/catalogue/catalogue.js";
import { delivered } from "../../src/addons/catalogue/delivered.js";
import { releaseFor } from "../../src/addons/catalogue/release.js";
import { planAddons } from "../../src/addons/plan.js";
import { ADDRESS_ADDON, DELIVERED_ADDONS, NETWORK_ADDONS } from "../../src/model/spec/addon-names.js";
import { defaultAddons, DEFAULTS } from "../../src/model/spec/defaults.js";
import { CANAL } from "../../src/model/versions/table.js";
import { failureOf } from "./failure.js";

describe("the catalogue", () => {
  const entries = DELIVERED_ADDONS.map(delivered);

  it("holds what the spec lets through, one file each, and nothing else", () => {
    const files = readdirSync(new URL("../../templates/addons", import.meta.url));
    expect(files.map((file) => file.replace(/\.yaml$/, "")).sort()).toEqual([...DELIVERED_ADDONS].sort());
    expect(entries.map(({ name }) => name)).toEqual(DELIVERED_ADDONS);
    expect(entries.filter(({ isNetwork }) => isNetwork).map(({ name }) => name)).toEqual(NETWORK_ADDONS);
  });

  it("pins every source, whose address names the release", () => {
    for (const { version, sources } of entries.flatMap(({ releases }) => releases)) {
      const url = expect.stringMatching(new RegExp(`^https://.*/${version}/`)) as unknown;
      for (const source of sources) expect(source).toMatchObject({ url });
    }
  });

  it("has the Canal of the table of versions, one for every Kubernetes from 1.20 to 1.37", () => {
    const { releases } = delivered("canal");
    expect(releases.map(({ version, minors }) => ({ version, minors }))).toEqual(CANAL);
    for (let minor = 20; minor <= 37; minor += 1) {
      expect(releases.filter(({ minors: [first, last] }) => first <= minor && minor <= last)).toHaveLength(1);
    }
  });

  it("names a privilege of each network and of what carries an address, and none of what only looks", () => {
    const privileged = entries.filter(({ privileges }) => privileges.length > 0);
    expect(privileged.map(({ name }) => name)).toEqual([...NETWORK_ADDONS, ADDRESS_ADDON]);
  });

  it.each([
    ["v1.20.2", "v3.27.5"],
    ["v1.22.17", "v3.27.5"],
    ["v1.27.0", "v3.27.5"],
    ["v1.28.7", "v3.28.5"],
    ["v1.29.1", "v3.29.7"],
    ["v1.31.14", "v3.29.7"],
    ["v1.32.0", "v3.31.7"],
    ["v1.34.0", "v3.32.1"],
    ["v1.36.1+vendor", "v3.32.1"],
    ["v1.37.1", "v3.32.1"],
  ])("Kubernetes %s gets Canal %s", (kubernetes, version) => {
    expect(releaseFor(delivered("canal"), kubernetes).version).toBe(version);
  });

  it("gives the version that was asked for, whatever Kubernetes it is", () => {
    expect(releaseFor(delivered("canal"), "v1.36.1", "v3.29.7").sources[0]).toMatchObject({
      url: "https://raw.githubusercontent.com/projectcalico/calico/v3.29.7/manifests/canal.yaml",
    });
  });

  it("says what it has when there is none that fits", async () => {
    const offer =
      "v3.32.1 (1.34 to 1.37), v3.31.7 (1.32 to 1.33), v3.29.7 (1.29 to 1.31), v3.28.5 (1.28 to 1.28), v3.27.5 (1.20 to 1.27)";
    const old = await failureOf(() => releaseFor(delivered("canal"), "v1.19.0"));
    expect(old.message).toBe(`the catalogue has no canal for Kubernetes v1.19.0; it has ${offer}`);
    expect(old.hints).toEqual(["give a manifest of your own: spec.addons: [{name: canal, manifest: FILE}]"]);
    const asked = await failureOf(() => releaseFor(delivered("canal"), "v1.36.1", "v9.9.9"));
    expect(asked.message).toBe(`the catalogue has no canal v9.9.9; it has ${offer}`);
    expect(asked.hints[0]).toBe("leave the version out of spec.addons");
    expect((await failureOf(() => delivered("x"))).message).toBe(
      "the catalogue has no add-on x; it has canal, flannel, metrics-server, headlamp, kubernetes-dashboard, heapster, kube-vip",
    );
  });
});

describe("planAddons", () => {
  const canal = { name: "canal" };
  const own = { name: "mine", manifest: "mine.yaml" };
  const more = { name: "more", manifest: "more.yaml" };
  it.each([
    ["the default", "default", [canal], canal, []],
    ["a network and more", "default", [own, canal], canal, [own]],
    ["a network replaced under its name", "default", [{ ...canal, manifest: "f" }], { ...canal, manifest: "f" }, []],
    ["manifests of one's own: the first is the network", "default", [own, more], own, [more]],
    ["no network", "none", [own], undefined, [own]],
    ["nothing at all", "none", [], undefined, []],
  ] as const)("%s", (_name, network, addons, first, others) => {
    expect(planAddons({ network, addons }, DELIVERED)).toEqual([
      ...(first === undefined ? [] : [{ ref: first, isNetwork: true }]),
      ...others.map((ref) => ({ ref, isNetwork: false })),
    ]);
  });
});

describe("the default", () => {
  const versions = Array.from({ length: 18 }, (_, index) => `v1.${20 + index}.1`);
  const hasRelease = (name: string, version: string): boolean => {
    try {
      releaseFor(delivered(name), version);
      return true;
    } catch {
      return false;
    }
  };

  it.each(versions)("has for %s what has a release for it, and leaves out nothing else", (version) => {
    expect(defaultAddons(version)).toEqual(DEFAULTS.addons.filter((name) => hasRelease(name, version)));
  });

  it("is that of the newest Kubernetes where its version is not known", () => {
    expect(defaultAddons(undefined)).toEqual(DEFAULTS.addons);
  });
});
