import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { AlpineK8sError } from "../../../base/errors.js";
import type { AddNodeContext } from "../context.js";
import { readPendingNodes, writePendingNodes } from "../pending-nodes.js";
import { editSpecFile } from "../../folder/edit-spec-file.js";
import { pending } from "../context.js";
import { overall } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";

/**
 * Writes the nodes into the spec before their machines are made: whatever ends the run, `add-node` and `up` continue
 * it.
 */
export const writeSpec: Step<AddNodeContext> = {
  id: "write-spec",
  title: "Write the spec",
  plan: async (context) => {
    const { choice, paths, identity } = context;
    const isEdited = choice.after !== choice.before;
    if (isEdited && identity.provider === "hosts") await demandKeys(context);
    const isNoted = isDeepStrictEqual(await readPendingNodes(paths.adding), await unfinishedNodes(context));
    const items = [
      ...(isNoted ? [] : [overall(NOTE, `note that ${choice.names.join(", ")} is being added`)]),
      ...(isEdited ? [overall(EDIT, `write ${choice.names.join(", ")} into ${basename(paths.spec)}`)] : []),
    ];
    return items.length === 0 ? "it names the nodes already" : items;
  },
  run: async (context, items) => {
    const { choice, paths, identity, progress } = context;
    const isPlanned = (action: string): boolean => items.some((item) => item.action === action);
    if (isPlanned(NOTE)) await writePendingNodes(paths.adding, await unfinishedNodes(context));
    if (!isPlanned(EDIT)) return;
    await editSpecFile(paths.spec, identity, ({ text }) => {
      if (text === choice.before) return choice.after;
      throw new AlpineK8sError(
        "conflict",
        `${paths.spec} was changed by somebody else meanwhile; it was left as it is`,
        {
          hints: ["give the same command again"],
        },
      );
    });
    progress.detail(`wrote ${paths.spec}`);
  },
};

const NOTE = "note-pending-nodes";
const EDIT = "edit";

/** What the note shall name: these nodes, and those that other runs left. A master that is a member has still to be made known. */
async function unfinishedNodes(context: AddNodeContext): Promise<readonly string[]> {
  const { choice, paths, added } = context;
  const unfinished = added.filter((one) => pending(context).includes(one) || one.node.role === "master");
  const others = (await readPendingNodes(paths.adding)).filter((name) => !choice.names.includes(name));
  return [...others, ...unfinished.map(({ node }) => node.name)];
}

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
