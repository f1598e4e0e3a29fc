import { lookBeforehand } from "../../doctor/run-checks.js";
import { AlpineK8sError } from "../../errors.js";
import { topologyWarnings } from "../../topology/warnings.js";
import type { ClusterContext } from "../context.js";
import type { NewFile } from "../plan.js";
import type { Step } from "../step.js";
import { warn } from "../warn.js";

/**
 * Nothing is created when something is missing on this computer; what may go wrong is told before the first machine.
 * A new cluster gets the quick part of `doctor`, too, which starts no program.
 */
export function checkPrerequisites(newFiles: readonly NewFile[]): Step<ClusterContext> {
  return {
    title: "Check this computer",
    run: async (context) => {
      await context.machines.checkPrerequisites();
      if (newFiles.some(({ path }) => path === context.paths.identity)) await lookAround(context);
      if ((await context.machines.existing()).length > 0) return;
      for (const warning of topologyWarnings(context.topology, context.spec)) warn(context, warning);
    },
  };
}

async function lookAround(context: ClusterContext): Promise<void> {
  const { tools, paths, spec, identity, machines } = context;
  const { refusals, warnings } = await lookBeforehand({
    ...{ computer: tools.computer, paths, spec, identity: undefined },
    vagrantProvider: identity.vagrantProvider ?? "libvirt",
    made: new Set(await machines.existing()),
  });
  for (const { evidence, command } of warnings) warn(context, `${evidence}; see to it with: ${command ?? ""}`);
  if (refusals.length === 0) return;
  throw new AlpineK8sError("prerequisite", refusals.map(({ id, evidence }) => `${id}: ${evidence}`).join("\n"), {
    hints: [...new Set(refusals.flatMap(({ command }) => command ?? [])), "alpine-k8s doctor"],
  });
}
