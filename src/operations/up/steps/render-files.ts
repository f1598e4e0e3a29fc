import { planServingPems, writeServingPems } from "../../folder/serving-pems.js";
import { compareFolder, fileNames, renderFolder, renderItem } from "../../folder/render-folder.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";

/** Renders the folder's files; edited ones are used as they are, with a warning. */
export const renderFiles: Step<ClusterContext> = {
  id: "render-files",
  title: "Render files",
  plan: async (context) => {
    const { paths, spec, topology, proxyCa } = context;
    const { edited, changes } = await compareFolder({ paths, spec, topology, proxyCa, force: false });
    for (const path of edited) {
      warn(
        context,
        `${fileNames([path])} was edited by hand and is used as it is (renew it: alpine-k8s render --force)`,
      );
    }
    return [...changes.map(renderItem), ...(await planServingPems(context))];
  },
  run: async (context) => {
    const { paths, spec, topology, proxyCa } = context;
    const { written } = await renderFolder({ paths, spec, topology, proxyCa, force: false });
    await writeServingPems(context);
    if (written.length > 0) context.progress.detail(`rendered ${fileNames(written)}`);
  },
};
