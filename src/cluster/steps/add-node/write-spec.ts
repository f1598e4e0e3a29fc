import { AlpineK8sError } from "../../../errors.js";
import type { AddNodeContext } from "../../add-node-context.js";
import { readAdding, writeAdding } from "../../adding.js";
import { editSpecFile } from "../../edit-spec-file.js";
import { pending } from "../../add-node-context.js";
import type { Step } from "../../step.js";

/**
 * Before the machine is made the spec says that it is wanted: whatever ends the run, `add-node` and `up` go on with it.
 */
export const writeSpec: Step<AddNodeContext> = {
  title: "Write the spec",
  run: async ({ choice, paths, identity, progress, ...context }) => {
    const left = await readAdding(paths.adding);
    const names = pending(context).map(({ node }) => node.name);
    const others = left.filter((name) => !choice.names.includes(name));
    await writeAdding(paths.adding, [...others, ...names]);
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
