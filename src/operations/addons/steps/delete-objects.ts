import { inventoryPath } from "../../../addons/inventory/inventory.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import { applyWithRetry, retryWhileApiUnavailable } from "../../../control-plane/retry-while-api-unavailable.js";
import type { ClusterContext } from "../../../engine/context.js";
import { fileAction, overall } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { describeObject, type ObjectRef } from "../../../kube/kube-object.js";
import { recordOf, sumsOf } from "../../up/applied-addons.js";
import type { Disabling } from "../disabling.js";
import { planRemoval, removeObjects } from "../removal.js";

/** Deletes the objects of the inventory that are ours, and waits until they are gone. */
export function deleteObjects(disabling: Disabling): Step<ClusterContext> {
  const { name, withData, timeout, inventory, record, looked, staying } = disabling;
  return {
    id: "delete-objects",
    title: "Delete its objects",
    plan: async (context) => {
      const kube = await connectApi(context, "required");
      const refs = inventory?.objects ?? [];
      const plan = await planRemoval(context, kube, { refs, others: [], withData });
      looked.give(plan);
      return plan.going.length === 0 ? "there is none" : plan.going.map(({ ref }) => overall(...actionOf(ref)));
    },
    run: async (context) => {
      const kube = await connectApi(context, "required");
      // What is half there is no add-on that was applied.
      await forgetSum(context, disabling);
      staying.give(await removeObjects(context, kube, looked.value?.going ?? [], { atMost: timeout }));
    },
  };

  async function forgetSum(context: ClusterContext, { record: sums }: Pick<Disabling, "record">): Promise<void> {
    const { [name]: sum, ...others } = await sumsOf(context, sums);
    if (sum === undefined) return;
    await withoutSum(context, others);
    record.give(others);
  }
}

/** Takes the add-on out of the cluster's record, and deletes its inventory: nothing is left to be continued. */
export function forgetAddOn({ name, inventory, record }: Disabling): Step<ClusterContext> {
  const item = overall("forget", `forget what ${name} has brought`);
  return {
    id: "forget-add-on",
    title: "Forget it",
    plan: async (context) => {
      const sums = await sumsOf(context, record);
      return inventory === undefined && sums[name] === undefined ? "the cluster knows nothing of it" : [item];
    },
    run: async (context) => {
      const kube = await connectApi(context, "required");
      const { [name]: sum, ...others } = await sumsOf(context, record);
      if (sum !== undefined) await withoutSum(context, others);
      await retryWhileApiUnavailable(context, () => kube.delete(inventoryPath(name), context.signal));
    },
  };
}

async function withoutSum(context: ClusterContext, others: Readonly<Record<string, string>>): Promise<void> {
  await applyWithRetry(context, await connectApi(context, "required"), [recordOf(others)]);
}

function actionOf(ref: ObjectRef): [action: string, text: string] {
  const { kind, metadata } = ref;
  const action = fileAction([kind, metadata.namespace ?? "", metadata.name].join("-"));
  const unless = kind === "Namespace" ? ", unless something else is in it" : "";
  return [action, `delete ${describeObject(ref)}${unless}`];
}
