import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AlpineK8sError, combineFailures, EXIT_CODES } from "../../src/errors.js";

describe("exit codes", () => {
  it("are those that docs/exit-codes.md lists, kind by kind", () => {
    const text = readFileSync(join(import.meta.dirname, "../../docs/exit-codes.md"), "utf8");
    const rows = [...text.matchAll(/^\| (\d+) \| ([a-z, ]*)\|/gm)];
    const documented = rows.flatMap(([, code = "", kinds = ""]) =>
      kinds.split(",").map((kind) => [kind.trim(), Number(code)] as const),
    );
    expect(Object.fromEntries(documented.filter(([kind]) => kind !== ""))).toEqual(EXIT_CODES);
  });
});

describe("failures of several nodes", () => {
  const broken = new AlpineK8sError("node", "disk full", { hints: ["free some"], node: "minion1" });
  const late = new AlpineK8sError("timeout", "not ready", { hints: ["alpine-k8s up"] });

  it("become one error with a line per node, all hints and the worst kind", () => {
    const error = combineFailures("joining", [
      { node: "minion2", error: late },
      { node: "minion1", error: broken },
    ]);
    expect(error.message).toBe("joining failed on 2 node(s):\n  minion2: not ready\n  minion1: disk full");
    expect(error).toMatchObject({ kind: "node", hints: ["alpine-k8s up", "free some"] });
  });

  it("stay the error that it was when there is one", () => {
    expect(combineFailures("joining", [{ node: "minion1", error: broken }])).toBe(broken);
  });

  it("count what we did not foresee as a bug", () => {
    expect(combineFailures("joining", [{ node: "m", error: new TypeError("x is undefined") }])).toMatchObject({
      kind: "bug",
    });
  });
});
