import { basename } from "node:path";
import { makePrivateFolder, writeAtomically } from "../../../base/files.js";
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
      await makePrivateFolder(context.paths.state);
      for (const file of newFiles) await writeAtomically(file.path, file.content, file.mode);
    },
  };
}

function writing(path: string): Item {
  const name = basename(path);
  return overall(fileAction(name), `write ${name}`);
}
