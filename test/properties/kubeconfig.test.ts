import { beforeAll, it } from "vitest";
import { anyKubeconfig, type Kubeconfig } from "./any-kubeconfig.js";
import { forAll } from "./cases.js";
import { clusterOf, merge, undo, wrongInMerge, type Cluster } from "./merged.js";

let own: Cluster;
let later: Cluster;
beforeAll(async () => {
  own = await clusterOf("demo");
  later = await clusterOf("second");
});

interface Case {
  readonly before: Kubeconfig;
  readonly use: boolean;
}

/** The cluster's entries stand beside the others; a second merge changes nothing, and undone every byte is as before. */
function wrongAlone({ before, use }: Case, text: string): string | undefined {
  const wrong = wrongInMerge(before, { text, by: own, use });
  if (wrong !== undefined) return wrong;
  const again = merge(text, own, use);
  if (again.changed || again.text !== text) return "a second merge changed the text";
  const undone = undo(text, own, before.text);
  return undone === (before.text ?? "") ? undefined : `undone it is ${JSON.stringify(undone)}`;
}

/** A cluster that was merged later stays when the first one is taken out. */
function wrongWithLater({ before }: Case, text: string): string | undefined {
  const both = merge(text, later).text;
  // The first one is taken out as the current one, too.
  return wrongInMerge(before, { text: undo(both, own, before.text), by: later, use: false });
}

it("any kubeconfig gets a cluster's entries, gives every byte back, and keeps those of a cluster that came later", async () => {
  await forAll(
    (dice): Case => ({ before: anyKubeconfig(dice), use: dice.often(0.5) }),
    (one) => {
      const { text } = merge(one.before.text, own, one.use);
      return wrongAlone(one, text) ?? wrongWithLater(one, text);
    },
  );
});
