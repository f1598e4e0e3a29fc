import { AlpineK8sError } from "../../../base/errors.js";
import { DEFAULT_VAGRANT_PROVIDER } from "../../../model/spec/defaults.js";
import { topologyWarnings } from "../../../model/topology/warnings.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { NewFile } from "../../../engine/read-cluster.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";

/**
 * Nothing is created when something is missing on this computer; what may go wrong is reported before the first
 * machine. While no machine exists this includes the quick checks of `doctor`, which start no program.
 */
export function checkPrerequisites(newFiles: readonly NewFile[]): Step<ClusterContext> {
  return {
    id: "check-prerequisites",
    title: "Check this computer",
    plan: async (context) => {
      await context.machines.checkPrerequisites();
      if ((await context.machines.existing()).length > 0) return [];
      const isNew = newFiles.some(({ path }) => path === context.paths.identity);
      if (isNew || context.identity.provider === "vagrant") await lookAround(context, isNew);
      for (const warning of topologyWarnings(context.topology, context.spec)) warn(context, warning);
      return [];
    },
    // It only looks, and the plan has.
    run: () => Promise.resolve(),
  };
}

async function lookAround({ tools, paths, spec, identity, ...context }: ClusterContext, isNew: boolean): Promise<void> {
  const { lookBeforehand } = await import("../../doctor/run-checks.js");
  const { refusals, warnings } = await lookBeforehand({
    ...{ computer: tools.computer, paths, spec, identity: isNew ? undefined : identity },
    vagrantProvider: identity.vagrantProvider ?? DEFAULT_VAGRANT_PROVIDER,
    made: new Set<string>(),
  });
  for (const { evidence, command } of warnings) warn(context, `${evidence}; to fix it: ${command ?? ""}`);
  if (refusals.length === 0) return;
  throw new AlpineK8sError("prerequisite", refusals.map(({ id, evidence }) => `${id}: ${evidence}`).join("\n"), {
    hints: [...new Set(refusals.flatMap(({ command }) => command ?? [])), "alpine-k8s doctor"],
  });
}
