import { beforeAll, it } from "vitest";
import { anyKubeconfig } from "./any-kubeconfig.js";
import { forAll } from "./cases.js";
import { clusterOf, merge, undo, wrongInMerge, type Cluster } from "./merged.js";

let own: Cluster;
beforeAll(async () => {
  own = await clusterOf("demo");
});

it("any kubeconfig gets a cluster's entries beside its own, and gives every byte back", async () => {
  await forAll(
    (dice) => ({ before: anyKubeconfig(dice), use: dice.often(0.5) }),
    ({ before, use }) => {
      const { text } = merge(before, own, use);
      const wrong = wrongInMerge(before, { text, by: own, use });
      if (wrong !== undefined) return wrong;
      const again = merge(text, own, use);
      if (again.changed || again.text !== text) return "a second merge changed the text";
      const undone = undo(text, own, before);
      return undone === (before ?? "") ? undefined : `undone it is ${JSON.stringify(undone)}`;
    },
  );
});
