import { beforeAll, it } from "vitest";
import { anyKubeconfig } from "./any-kubeconfig.js";
import { forAll } from "./cases.js";
import { clusterOf, merge, undo, wrongInMerge, type Cluster } from "./merged.js";

let own: Cluster;
let later: Cluster;
beforeAll(async () => {
  own = await clusterOf("demo");
  later = await clusterOf("second");
});

it("any kubeconfig keeps the cluster that was merged later when the first one is taken out", async () => {
  await forAll(
    (dice) => ({ before: anyKubeconfig(dice) }),
    ({ before }) => {
      const both = merge(merge(before, own).text, later).text;
      return wrongInMerge(before, { text: undo(both, own, before), by: later, use: false });
    },
  );
});
