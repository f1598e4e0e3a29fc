import { parseManifest } from "../../../addons/manifest.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { Step } from "../../../engine/step.js";
import { sumsOf } from "../../up/applied-addons.js";
import type { Change } from "../change-context.js";
import { conflictError, conflictsOf } from "../conflicts.js";

/** Asks the API whose fields the manifest would change; ends the run with them unless they are to be taken. */
export function checkConflicts(change: Change): Step<ClusterContext> {
  const { addon, record, input, command } = change;
  return {
    id: "check-conflicts",
    title: "Look for fields of others",
    plan: async (context) => {
      const kube = await connectApi(context, "required");
      const sums = await sumsOf(context, record);
      if (input.forceConflicts) return "they are to be taken";
      const { value } = addon;
      if (value === undefined) return [];
      if (sums[value.name] === value.sha256) return "it is applied already";
      const found = await conflictsOf(kube, parseManifest(value.text, value.name), context.signal);
      if (found.length > 0) throw conflictError(command, found);
      return [];
    },
    // The plan has asked.
    run: () => Promise.resolve(),
  };
}
