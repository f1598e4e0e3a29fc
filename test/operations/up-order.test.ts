import { expect, it } from "vitest";
import { upSteps } from "../../src/operations/up/up.js";

const steps = upSteps([]);

/** Ids of the steps that have ended when this one begins. */
function endedBefore(id: string): ReadonlySet<string> {
  const index = steps.findIndex((step) => step.id === id);
  const ahead = index > 0 ? [steps[index - 1]?.id ?? ""] : [];
  const parents = steps[index]?.after ?? ahead;
  return new Set(parents.flatMap((parent) => [parent, ...endedBefore(parent)]));
}

it.each([
  ["fetch-manifests", ["init-control-plane", "apply-network", "start-dns", "apply-add-ons", "wait-until-healthy"]],
  ["init-control-plane", ["apply-network", "start-dns"]],
  ["apply-network", ["apply-add-ons"]],
])("what %s finds out is there for the steps that use it: they wait for it", (giver, users) => {
  expect(users.filter((id) => !endedBefore(id).has(giver))).toEqual([]);
});
