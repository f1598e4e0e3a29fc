import { expect, it } from "vitest";
import { checkNeeds, unmetNeeds } from "../../src/addons/needs.js";
import { DELIVERED_ADDONS } from "../../src/model/spec/addon-names.js";
import { failureOf } from "./failure.js";

const NEEDS: Readonly<Record<string, readonly string[]>> = { graphs: ["numbers", "store"] };
const entryOf = (name: string): { needs: readonly string[] } => ({ needs: NEEDS[name] ?? [] });

it("an add-on whose needs the spec does not have is refused, naming what to add", async () => {
  const error = await failureOf(() => checkNeeds([{ name: "canal" }, { name: "graphs" }, { name: "store" }], entryOf));
  expect([error.kind, error.message]).toEqual(["usage", "spec.addons[1]: graphs needs numbers: add it to spec.addons"]);
});

it("names all that is missing, and takes a manifest of one's own for the add-on of its name", () => {
  expect(unmetNeeds([{ name: "graphs" }], entryOf)).toEqual([
    { index: 0, what: "graphs needs numbers and store: add it to spec.addons" },
  ]);
  const own = { name: "numbers", manifest: "numbers.yaml" };
  expect(unmetNeeds([{ name: "graphs" }, own, { name: "store" }], entryOf)).toEqual([]);
  expect(unmetNeeds([{ name: "graphs", manifest: "own.yaml" }], entryOf)).toEqual([]);
});

it("the delivered add-ons together have all that they need", () => {
  expect(unmetNeeds(DELIVERED_ADDONS.map((name) => ({ name })))).toEqual([]);
});
