import { chmod, mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { writeAtomically } from "../../../base/files.js";
import type { NewFile } from "../../../engine/read-cluster.js";
import { fileAction, overall, type Item } from "../../../engine/item.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { Step } from "../../../engine/step.js";

/** Pins what must not change and makes the cluster's keys, before the first machine exists. */
export function writeIdentity(newFiles: readonly NewFile[]): Step<ClusterContext> {
  return {
    id: "write-identity",
    title: "Pin the cluster's identity",
    plan: () => Promise.resolve(newFiles.length === 0 ? "pinned already" : newFiles.map(({ path }) => writing(path))),
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

function writing(path: string): Item {
  const name = basename(path);
  return overall(fileAction(name), `write ${name}`);
}
