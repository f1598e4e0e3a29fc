import { rm } from "node:fs/promises";
import { runNodeScript } from "../../alpine/node-commands.js";
import { tellLines } from "../../engine/tell-lines.js";
import { sharedVariables } from "../../alpine/variables.js";
import { servingPemPath } from "../../control-plane/certificates/serving-pem.js";
import { readIfExists } from "../../base/files.js";
import { openHostKeys } from "../../remote/host-keys.js";
import { removeNode } from "../../model/spec/edit-spec.js";
import { readResetScript } from "../../templates/cluster-files.js";
import { editSpecFile } from "../folder/edit-spec-file.js";
import { compareFolder, fileNames, renderFolder, renderItem, type RenderInput } from "../folder/render-folder.js";
import { onNode, overall } from "../../engine/item.js";
import type { Step } from "../../engine/step.js";
import { warn } from "../../engine/warn.js";
import { kubeadmFile } from "../../nodes/kubeadm-file.js";
import type { Removal } from "./removal.js";

function isForeign({ session }: Removal): boolean {
  return typeof session !== "string" && session.facts.state === "foreign";
}

/** Resets a host, which keeps its packages; one that does not answer is a warning. */
export const resetNode: Step<Removal> = {
  id: "reset-node",
  title: "Reset the node",
  plan: (removal) => {
    const { name } = removal.node;
    return Promise.resolve(whyNoReset(removal) ?? [onNode(name, "reset", `reset ${name}; its packages stay`)]);
  },
  run: async (removal) => {
    const { session, node, context, progress, signal } = removal;
    const { log } = context;
    if (typeof session === "string") return;
    removal.done.isCordoned.give(false);
    const variables = sharedVariables(context.fleet.nodeInput(session));
    const script = await readResetScript();
    await tellLines({ progress, log, name: node.name, activity: "resetting" }, (onLine) =>
      runNodeScript(session.host, { name: "reset.sh", script, variables, signal, onLine }),
    );
    removal.done.machine.give("reset");
  },
};

function whyNoReset(removal: Removal): string | undefined {
  const { session, node, context, done } = removal;
  if (context.identity.provider === "vagrant") return "its machine is destroyed";
  done.machine.give("left");
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
  id: "destroy-machine",
  title: "Destroy the machine",
  plan: (removal) => {
    const { name } = removal.node;
    return Promise.resolve(whyNoDestruction(removal) ?? [onNode(name, "destroy", `destroy the machine ${name}`)]);
  },
  run: async (removal) => {
    const { node, context, signal } = removal;
    context.log.persist();
    removal.done.isCordoned.give(false);
    await context.machines.destroy([node.name], signal);
    removal.done.machine.give("destroyed");
  },
};

function whyNoDestruction(removal: Removal): string | undefined {
  const { node, context, done } = removal;
  if (context.identity.provider === "hosts") return "it is not ours";
  if (!node.hasMachine) return "there is none";
  if (!isForeign(removal)) return undefined;
  done.machine.give("left");
  warn(
    context,
    `the machine ${node.name} belongs to another cluster and was left alone (vagrant destroy ${node.name})`,
  );
  return "it belongs to another cluster";
}

/** Renders the folder without the node, once there is no machine to destroy, and forgets its host key. */
export const cleanFolder: Step<Removal> = {
  id: "clean-folder",
  title: "Clean the folder",
  plan: async (removal) => {
    const { context, node } = removal;
    const { changes } = await compareFolder(withoutIt(removal));
    const hasConfig = (await readIfExists(kubeadmFile(node.name, context.paths))) !== undefined;
    const isPinned = (await openHostKeys(context.paths.knownHosts).find(node.name)).length > 0;
    return [
      ...changes.map(renderItem),
      ...(hasConfig
        ? [onNode(node.name, "remove-kubeadm-config", `remove kubeadm's configuration of ${node.name}`)]
        : []),
      ...(isPinned && !staysDefined(removal)
        ? [onNode(node.name, "forget-host-key", `forget the host key of ${node.name}`)]
        : []),
    ];
  },
  run: async (removal) => {
    const { context, node } = removal;
    const { paths } = context;
    const { edited } = await renderFolder(withoutIt(removal));
    await rm(kubeadmFile(node.name, paths), { force: true });
    await rm(servingPemPath(node.name, paths), { force: true });
    // A host that was left is this cluster's no more: under its name another one may come, with another key.
    if (!staysDefined(removal)) await openHostKeys(paths.knownHosts).forget(node.name);
    if (!edited.includes(paths.vagrantfile)) return;
    if (!((await readIfExists(paths.vagrantfile)) ?? "").includes(node.name)) return;
    warn(
      context,
      `${fileNames([paths.vagrantfile])} was edited by hand and left; take ${node.name} out of it, or: alpine-k8s render --force`,
    );
  },
};

function withoutIt(removal: Removal): RenderInput {
  const { context, node, rest } = removal;
  const gone = staysDefined(removal) ? undefined : node.name;
  return { paths: context.paths, proxyCa: context.proxyCa, ...rest, force: false, gone };
}

/** Vagrant could not destroy later what its Vagrantfile does not define. */
function staysDefined({ context, done }: Removal): boolean {
  return done.machine.value === "left" && context.identity.provider === "vagrant";
}

/** After all that is taken away: until here the spec is what tells a second run which node was meant. */
export const editSpec: Step<Removal> = {
  id: "edit-spec",
  title: "Take it out of the spec",
  plan: ({ node }) =>
    Promise.resolve(
      node.planned === undefined ? "it is not in it" : [overall("edit", `take ${node.name} out of alpine-k8s.yaml`)],
    ),
  run: async ({ context, node, done }) => {
    const { paths, identity } = context;
    const outcome = await editSpecFile(paths.spec, identity, (file) => removeNode(file, node.name));
    done.spec.give(outcome === "written" ? "changed" : "unchanged");
  },
};
