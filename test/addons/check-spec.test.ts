import { expect, it } from "vitest";
import { DELIVERED } from "../../src/addons/catalogue/catalogue.js";
import { unmetNeeds } from "../../src/addons/check-spec.js";
import { DELIVERED_ADDONS } from "../../src/model/spec/addon-names.js";

const NEEDS: Readonly<Record<string, readonly string[]>> = { graphs: ["numbers", "store"] };
const entryOf = (name: string): { needs: readonly string[] } => ({ needs: NEEDS[name] ?? [] });

it("names all that is missing, and takes a manifest of one's own for the add-on of its name", () => {
  expect(unmetNeeds([{ name: "graphs" }], entryOf)).toEqual([
    { path: ["spec", "addons", 0], what: "graphs needs numbers and store: add it to spec.addons" },
  ]);
  const own = { name: "numbers", manifest: "numbers.yaml" };
  expect(unmetNeeds([{ name: "graphs" }, own, { name: "store" }], entryOf)).toEqual([]);
  expect(unmetNeeds([{ name: "graphs", manifest: "own.yaml" }], entryOf)).toEqual([]);
});

it("the delivered add-ons together have all that they need", () => {
  expect(
    unmetNeeds(
      DELIVERED_ADDONS.map((name) => ({ name })),
      DELIVERED.find,
    ),
  ).toEqual([]);
});
