import { createHash } from "node:crypto";
import { demandEntry } from "../../addons/catalogue/catalogue.js";
import { releaseFor } from "../../addons/catalogue/release.js";
import { AlpineK8sError } from "../../base/errors.js";
import { SECRET_MODE, writeIfChanged } from "../../base/files.js";
import { livingAdminConfig } from "../../control-plane/living-master.js";
import { refreshEndpoint } from "../../control-plane/refresh-endpoint.js";
import type { ClusterContext } from "../../engine/context.js";
import { nodesOf, onNode } from "../../engine/item.js";
import type { Step } from "../../engine/step.js";
import { ADDRESS_ADDON } from "../../model/spec/addon-names.js";
import { putVirtualAddress } from "../up/steps/put-virtual-address.js";
import { renderFiles } from "../up/steps/render-files.js";
import { useVirtualAddress } from "../up/steps/use-virtual-address.js";
import type { Change } from "./change-context.js";
import type { Disabling } from "./disabling.js";
import { writeSpec } from "./steps/write-spec.js";

/** What `up` does for the address of all masters, on a cluster whose nodes have all joined. */
export function addressSteps(change: Change): readonly Step<ClusterContext>[] {
  const { timeout } = change.input;
  return [
    demandNodes(change),
    writeSpec(change.edit),
    renderFiles,
    {
      ...putVirtualAddress,
      run: async (context, items) => {
        await putVirtualAddress.run(context, items);
        change.removed.give({ going: [], staying: [] });
      },
    },
    ...(timeout === undefined ? [] : [useVirtualAddress({ atMost: timeout, isDemanded: true }), leadThere]),
  ];
}

/** Refused before anything is written: what only `up` can do. */
function demandNodes({ addon, planned }: Change): Step<ClusterContext> {
  return {
    id: "look-at-nodes",
    title: "Look at the nodes",
    plan: async (context) => {
      const { topology, fleet, signal, identity } = context;
      await context.machines.checkPrerequisites();
      const entry = demandEntry(await context.catalogue(), planned.ref.name);
      const { version } = releaseFor(entry, identity.kubernetesVersion, planned.ref.version);
      const sha256 = createHash("sha256").update(JSON.stringify(entry.staticPod)).digest("hex");
      addon.give({ name: entry.name, isNetwork: false, text: "", sha256, version, warnings: [] });
      const sessions = await fleet.look();
      signal.throwIfAborted();
      const late = topology.nodes.filter((_, index) => sessions[index]?.facts.state !== "finished");
      if (late.length === 0) return [];
      const names = late.map(({ name }) => name).join(", ");
      throw new AlpineK8sError("unhealthy", `not all nodes answer and have joined: ${names}; nothing was changed`, {
        hints: ["alpine-k8s status", `with ${entry.name} in spec.addons: alpine-k8s up`],
      });
    },
    run: () => Promise.resolve(),
  };
}

const leadThere: Step<ClusterContext> = {
  id: "write-admin-config",
  title: "Write admin.config",
  run: async (context) => {
    await writeIfChanged(context.paths.adminConfig, await livingAdminConfig(context), SECRET_MODE);
  },
};

/** First the nodes forget the address, and admin.config, then the masters give it up. */
export function dropAddressSteps(
  { edit, looked }: Disabling,
  withoutAddress: NonNullable<Disabling["withoutAddress"]>,
): readonly Step<ClusterContext>[] {
  return [
    writeSpec(edit),
    {
      id: "forget-address",
      title: "Let the nodes forget the address",
      plan: ({ topology }) =>
        Promise.resolve(
          topology.nodes.map(({ name }) =>
            onNode(
              name,
              "forget-address",
              `let ${name} ask the masters at their own addresses, and restart kube-proxy there`,
            ),
          ),
        ),
      run: () =>
        withoutAddress(async (context) => {
          await renderFiles.run(context, []);
          await refreshEndpoint(context, "may still have the address of all masters");
        }),
    },
    {
      id: "drop-virtual-address",
      title: "Take the address from the masters",
      plan: ({ topology }) =>
        Promise.resolve(
          topology.nodes
            .filter(({ role }) => role === "master")
            .map(({ name }) => onNode(name, "drop-pod", `take pod and address away from ${name}`)),
        ),
      run: (_, items) =>
        withoutAddress(async (context) => {
          await putVirtualAddress.run(context, items);
          const going = nodesOf(items).map((name) => ({
            ref: {
              apiVersion: "v1",
              kind: "Pod",
              metadata: { name: `${ADDRESS_ADDON}-${name}`, namespace: "kube-system" },
            },
            ...{ path: "", uid: "" },
          }));
          looked.give({ going, staying: [] });
        }),
    },
  ];
}
