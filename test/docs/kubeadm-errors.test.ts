import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { KUBEADM_FAILURES } from "../../src/model/kubeadm/failures/explain.js";

/** A table's cell: a bar would end it. */
const cell = (text: string): string => text.replaceAll("|", "\\|");

it("docs/kubeadm-errors.md has every row of the program, in its order", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/kubeadm-errors.md"), "utf8");
  const rows = KUBEADM_FAILURES.map(({ pattern, cause, remedy, general }) => {
    const weight = general === true ? " (only where nothing else fits)" : "";
    return `| \`${cell(pattern.source)}\` | ${cell(cause)}${weight} | ${cell(remedy)} |`;
  });
  expect(text.split("\n").filter((line) => line.startsWith("| `"))).toEqual(rows);
});
