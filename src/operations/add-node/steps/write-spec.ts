import { AlpineK8sError } from "../../../base/errors.js";
import type { AddNodeContext } from "../context.js";
import { readPendingNodes, writePendingNodes } from "../pending-nodes.js";
import { editSpecFile } from "../../folder/edit-spec-file.js";
import { pending } from "../context.js";
import type { Step } from "../../../engine/step.js";

/**
 * Writes the nodes into the spec before their machines are made: whatever ends the run, `add-node` and `up` continue
 * it.
 */
export const writeSpec: Step<AddNodeContext> = {
  title: "Write the spec",
  run: async ({ choice, paths, identity, progress, ...context }) => {
    if (choice.after !== choice.before && identity.provider === "hosts") await demandKeys(context);
    const left = await readPendingNodes(paths.adding);
    // A master that is a member still has to be made known to the other nodes.
    const unfinished = context.added.filter((one) => pending(context).includes(one) || one.node.role === "master");
    const names = unfinished.map(({ node }) => node.name);
    const others = left.filter((name) => !choice.names.includes(name));
    await writePendingNodes(paths.adding, [...others, ...names]);
    const outcome = await editSpecFile(paths.spec, identity.name, ({ text }) => {
      if (text === choice.before) return choice.after;
      throw new AlpineK8sError(
        "conflict",
        `${paths.spec} was changed by somebody else meanwhile; it was left as it is`,
        {
          hints: ["give the same command again"],
        },
      );
    });
    progress.detail(outcome === "written" ? `wrote ${paths.spec}` : "the spec names the nodes already");
  },
};

/** A mistyped key file must not get into the spec, where the right one would then contradict it. */
async function demandKeys(context: Pick<AddNodeContext, "added" | "machines">): Promise<void> {
  for (const { node } of pending(context)) {
    try {
      await context.machines.directTarget(node);
    } catch (error) {
      if (!(error instanceof AlpineK8sError) || error.kind !== "usage") throw error;
      const hints = ["give the path of a private key with --identity-file", "nothing was changed"];
      throw new AlpineK8sError("usage", error.message, { node: node.name, hints, cause: error });
    }
  }
}
