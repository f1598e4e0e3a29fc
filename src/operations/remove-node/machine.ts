import { rm } from "node:fs/promises";
import { runNodeScript } from "../../alpine/node-commands.js";
import { sharedVariables } from "../../alpine/variables.js";
import { readIfExists } from "../../base/files.js";
import { openHostKeys } from "../../remote/host-keys.js";
import { removeNode } from "../../model/spec/edit-spec.js";
import { readResetScript } from "../../templates/cluster-files.js";
import { editSpecFile } from "../folder/edit-spec-file.js";
import { fileNames, renderFolder } from "../folder/render-folder.js";
import type { Step } from "../../engine/step.js";
import { warn } from "../../engine/warn.js";
import { kubeadmFile } from "../../nodes/kubeadm-file.js";
import type { Removal } from "./removal.js";

function isForeign({ session }: Removal): boolean {
  return typeof session !== "string" && session.facts.state === "foreign";
}

/** Resets a host, which keeps its packages; one that does not answer is a warning. */
export const resetNode: Step<Removal> = {
  title: "Reset the node",
  skip: (removal) => Promise.resolve(whyNoReset(removal)),
  run: async (removal) => {
    const { session, node, context, progress, signal } = removal;
    if (typeof session === "string") return;
    removal.done.isCordoned = false;
    progress.node(node.name, "resetting");
    const variables = sharedVariables(context.fleet.nodeInput(session));
    await runNodeScript(session.host, { name: "reset.sh", script: await readResetScript(), variables, signal });
    removal.done.machine = "reset";
  },
};

function whyNoReset(removal: Removal): string | undefined {
  const { session, node, context, done } = removal;
  if (context.identity.provider === "vagrant") return "its machine is destroyed";
  done.machine = "left";
  if (typeof session === "string") {
    warn(
      context,
      `${node.name} was not reset: ${session}; should it come back, its kubelet registers it anew: run kubeadm reset on it first`,
    );
    return "it cannot be reached";
  }
  if (!isForeign(removal)) return undefined;
  warn(context, `${node.name} belongs to another cluster and was left alone`);
  return "it belongs to another cluster";
}

/** Destroys the node's machine, and no other. */
export const destroyMachine: Step<Removal> = {
  title: "Destroy the machine",
  skip: (removal) => Promise.resolve(whyNoDestruction(removal)),
  run: async (removal) => {
    const { node, context, signal } = removal;
    context.log.persist();
    removal.done.isCordoned = false;
    await context.machines.destroy([node.name], signal);
    removal.done.machine = "destroyed";
  },
};

function whyNoDestruction(removal: Removal): string | undefined {
  const { node, context, done } = removal;
  if (context.identity.provider === "hosts") return "it is not ours";
  if (!node.hasMachine) return "there is none";
  if (!isForeign(removal)) return undefined;
  done.machine = "left";
  warn(
    context,
    `the machine ${node.name} belongs to another cluster and was left alone (vagrant destroy ${node.name})`,
  );
  return "it belongs to another cluster";
}

/** Renders the folder without the node, once there is no machine to destroy, and forgets its host key. */
export const cleanFolder: Step<Removal> = {
  title: "Clean the folder",
  run: async ({ context, node, rest, done }) => {
    const { paths } = context;
    const { edited } = await renderFolder({ paths, ...rest, force: false });
    await rm(kubeadmFile(node.name, paths), { force: true });
    // A host that was left as it is no longer belongs to this cluster: another one may get its name, with another key.
    const staysDefined = done.machine === "left" && context.identity.provider === "vagrant";
    if (!staysDefined) await openHostKeys(paths.knownHosts).forget(node.name);
    if (!edited.includes(paths.vagrantfile)) return;
    if (!((await readIfExists(paths.vagrantfile)) ?? "").includes(node.name)) return;
    warn(
      context,
      `${fileNames([paths.vagrantfile])} was edited by hand and left; take ${node.name} out of it, or: alpine-k8s render --force`,
    );
  },
};

/** Comes after everything else is removed: until here a second run finds the node in the spec. */
export const editSpec: Step<Removal> = {
  title: "Take it out of the spec",
  skip: ({ node }) => Promise.resolve(node.planned === undefined ? "it is not in it" : undefined),
  run: async ({ context, node, done }) => {
    const { paths, identity } = context;
    const outcome = await editSpecFile(paths.spec, identity.name, (file) => removeNode(file, node.name));
    done.spec = outcome === "written" ? "changed" : "unchanged";
  },
};
