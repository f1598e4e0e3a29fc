import { basename } from "node:path";
import { AlpineK8sError } from "../../../base/errors.js";
import type { ClusterContext } from "../../../engine/context.js";
import { overall } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { editSpecFile } from "../../folder/edit-spec-file.js";

/** A change of the spec's text, made of the text as the run has read it. */
export interface SpecEdit {
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** As an order: "write shop into alpine-k8s.yaml". */
  readonly what: string;
}

/** Writes the spec before the cluster is changed: whatever ends the run, the same command and `up` continue it. */
export function writeSpec({ before, after, what }: SpecEdit): Step<ClusterContext> {
  return {
    id: "write-spec",
    title: "Write the spec",
    plan: () => Promise.resolve(before === after ? "it says so already" : [overall("edit", what)]),
    run: async ({ paths, identity, progress }) => {
      await editSpecFile(paths.spec, identity, ({ text, source }) => {
        if (text === before) return after;
        throw new AlpineK8sError("conflict", `${source} was changed by somebody else meanwhile; it was left as it is`, {
          hints: ["give the same command again"],
        });
      });
      progress.detail(`wrote ${basename(paths.spec)}`);
    },
  };
}
