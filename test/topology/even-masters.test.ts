import { expect, it } from "vitest";
import { evenMasters } from "../../src/model/topology/warnings.js";
import type { PlannedNode } from "../../src/model/topology/topology.js";

const cluster = (masters: number): { readonly nodes: readonly PlannedNode[] } => ({
  nodes: Array.from({ length: masters + 2 }, (_, index): PlannedNode => ({
    ...{ name: `n${index}`, fqdn: `n${index}.example.com`, role: index < masters ? "master" : "minion" },
    ...{ address: `10.0.0.${index + 1}`, cpus: 1, memory: 512, labels: {}, taints: [] },
  })),
});

it.each([1, 3, 5, 7])("%d masters are fine", (count) => {
  expect(evenMasters(cluster(count))).toBeUndefined();
});

it.each([
  [2, "none", 3, "one"],
  [4, "one", 5, "two"],
  [6, "two", 7, "three"],
])("%d masters survive the loss of %s", (count, lost, better, more) => {
  expect(evenMasters(cluster(count))).toBe(
    `${count} masters: etcd needs a majority of them, so the cluster survives the loss of ${lost}; ${better} survive the loss of ${more}`,
  );
});
