import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeAtomically } from "../../../base/files.js";
import type { NewFile } from "../../../engine/read-cluster.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { Step } from "../../../engine/step.js";

/** Pins what must not change and makes the cluster's keys, before the first machine exists. */
export function writeIdentity(newFiles: readonly NewFile[]): Step<ClusterContext> {
  return {
    title: "Pin the cluster's identity",
    skip: () => Promise.resolve(newFiles.length === 0 ? "pinned already" : undefined),
    run: async (context) => {
      await mkdir(context.paths.state, { recursive: true, mode: 0o700 });
      await chmod(context.paths.state, 0o700);
      for (const file of newFiles) {
        await mkdir(dirname(file.path), { recursive: true });
        await writeAtomically(file.path, file.content, file.mode);
      }
    },
  };
}
