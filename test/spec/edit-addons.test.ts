import { describe, expect, it } from "vitest";
import { dropAddon, putAddon, putCatalogue } from "../../src/model/spec/addons/edit-addons.js";

const HEAD = "apiVersion: alpine-k8s/v1\nkind: Cluster\nspec:\n";
const file = (text: string | undefined) => ({ text, source: "alpine-k8s.yaml", folderName: "demo" });
const shop = { name: "shop", manifest: "shop.yaml" };

describe("the add-ons of a spec", () => {
  it("get the default ones where the spec names none", () => {
    expect(putAddon(file(`${HEAD}  domain: a.org # mine\n`), shop)).toMatch(
      /domain: a\.org # mine\n {2}addons:\n(?: {4}- .*\n)+ {4}- \{ name: shop, manifest: shop\.yaml \}\n$/,
    );
    expect(putAddon(file(undefined), shop)).toContain("- canal\n");
  });

  it("are changed key by key, with comments kept", () => {
    const text = `${HEAD}  addons:\n    - canal\n    - name: shop # ours\n      manifest: shop.yaml # a file\n`;
    const changed = putAddon(file(text), { name: "shop", manifest: "new.yaml" });
    expect(changed).toBe(text.replace("shop.yaml", "new.yaml"));
    expect(putAddon(file(text), shop)).toBe(text);
  });

  it("take a version where there was only a name", () => {
    const text = `${HEAD}  addons: [canal]\n`;
    expect(putAddon(file(text), { name: "canal", version: "v3.32.1" })).toBe(
      `${HEAD}  addons: [{ name: canal, version: v3.32.1 }]\n`,
    );
  });

  it("lose one, and nothing else", () => {
    const text = `${HEAD}  addons:\n    - canal # net\n    - { name: shop, manifest: shop.yaml }\n`;
    expect(dropAddon(file(text), "shop")).toBe(`${HEAD}  addons:\n    - canal # net\n`);
    expect(dropAddon(file(text), "other")).toBe(text);
    const only = `${HEAD}  network: none\n  addons:\n    - { name: shop, manifest: shop.yaml }\n`;
    expect(dropAddon(file(only), "shop")).toBe(`${HEAD}  network: none\n  addons: []\n`);
  });
});

describe("the catalogues of a spec", () => {
  it("get a folder once, however it is written", () => {
    const text = `${HEAD}  addons: [canal] # net\n`;
    const once = putCatalogue(file(text), "mine");
    expect(once).toBe(`${text}  catalogues:\n    - { folder: mine }\n`);
    expect(putCatalogue(file(once), "mine")).toBe(once);
    const written = `${HEAD}  catalogues: [{ folder: ./mine/ }]\n`;
    expect(putCatalogue(file(written), "mine")).toBe(written);
  });
});
