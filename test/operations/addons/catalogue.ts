/** The names of the catalogue of these tests: a network and two add-ons of which one needs the other. */
export const NAMES = ["canal", "shop", "till"];

const SUM = "a".repeat(64);

const ENTRIES: Readonly<Record<string, string>> = {
  shop: `apiVersion: alpine-k8s/v1
kind: Addon
metadata: { name: shop }
title: Sells things
state: deprecated
replacement: till
remarks: [it has no lock]
parameters:
  copies: { type: integer, default: 1, description: how many }
releases:
  - version: v2.0.0
    kubernetes: "1.20-1.37"
    sources: [{ url: "https://example.com/shop/v2.0.0/shop.yaml", sha256: ${SUM} }]
  - version: v1.0.0
    kubernetes: "1.19"
    sources: [{ url: "https://example.com/shop/v1.0.0/shop.yaml", sha256: ${SUM} }]
patches:
  - { kind: Deployment, name: shop, namespace: shop, changes: [{ at: [spec, replicas], value: "\${values.copies}" }] }
keeps: [the till's money]
`,
  till: `apiVersion: alpine-k8s/v1
kind: Addon
metadata: { name: till }
title: Counts money
state: maintained
needs: [shop]
releases: [{ version: v1.0.0, kubernetes: "1.20-1.37" }]
objects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: till, namespace: kube-system } }]
`,
};

/** The file of an entry; the delivered one where these tests have none. */
export function entryFile(path: string, delivered: (path: string) => string): string {
  const name = /^templates\/addons\/(.*)\.yaml$/.exec(path)?.[1] ?? "";
  return ENTRIES[name] ?? delivered(path);
}

const COMMON = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: shop
spec:
  selector: { matchLabels: { app: shop } }
  template: { spec: { containers: [{ name: shop, image: "shop:1" }] } }
`;

/** The manifests of shop's releases; the older one has an object more. */
export const SHOP: Readonly<Record<string, string>> = {
  "v2.0.0": COMMON,
  "v1.0.0": `${COMMON}---
apiVersion: v1
kind: ConfigMap
metadata:
  name: prices
  namespace: shop
`,
};
