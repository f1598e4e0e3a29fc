import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKS, QUICK_CHECKS } from "../../src/operations/doctor/catalogue.js";
import { NODE_IDS } from "../../src/operations/doctor/node-findings.js";
import { lookBeforehand } from "../../src/operations/doctor/run-checks.js";
import { subjectOf, type SubjectParts } from "./subject.js";

const page = readFileSync(join(import.meta.dirname, "../../docs/doctor.md"), "utf8");

/** Rows of the table below a heading: the id and the second cell. */
function rows(heading: string): (readonly [string, string])[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `([a-z-]+)` \| (.*?) \|/gm)].map(([, id = "", second = ""]) => [id, second]);
}

describe("the list of checks", () => {
  it("is the one that test/golden/doctor-ids.txt records", async () => {
    const lines = [
      ...CHECKS.map(({ id, on, weight }) => `${id}: ${on}, ${weight}${inUpOf(id)}`),
      ...NODE_IDS.map((id) => `${id}: a node`),
    ];
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("../golden/doctor-ids.txt");
  });

  it("has no id twice in one place", () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(NODE_IDS).size).toBe(NODE_IDS.length);
  });

  it("is in docs/doctor.md with each weight, and what up does with it", () => {
    const documented = [...rows("This computer"), ...rows("The folder")];
    expect(documented.map(([id, weight]) => `${id} ${weight.split(",")[0] ?? ""}`)).toEqual(
      CHECKS.map(({ id, weight }) => `${id} ${weight}`),
    );
    for (const { id, inUp } of QUICK_CHECKS) {
      const row = new RegExp(`^\\| \`${id}\` .*$`, "m").exec(page)?.[0] ?? "";
      expect(`${id} ${/\| (tells|refuses|–) \|/.exec(row)?.[1] ?? "?"}`).toBe(
        `${id} ${inUp === undefined ? "–" : inUp === "warn" ? "tells" : "refuses"}`,
      );
    }
  });

  it("has the nodes' ids in docs/doctor.md, or those of docs/node-scripts.md", () => {
    const ids = ["reach", "alpine-support", "owner", "clock", "kubelet", "api", "certificates"];
    expect(rows("A node").map(([id]) => id)).toEqual(ids);
    expect(page).toContain("[node-scripts.md](node-scripts.md#conditions)");
  });
});

function inUpOf(id: string): string {
  const inUp = QUICK_CHECKS.find((check) => check.id === id)?.inUp;
  return inUp === undefined ? "" : `, in up: ${inUp}`;
}

describe("what up asks beforehand", () => {
  it("of a good computer is nothing", async () => {
    expect(await lookBeforehand(subjectOf())).toEqual({ refusals: [], warnings: [] });
  });

  it.each<[string, SubjectParts, string[], string[]]>([
    ["emulation", { computer: { files: { "/proc/cpuinfo": "flags : fpu\n" } } }, [], ["virtualization"]],
    [
      "a network that is taken",
      { computer: { addresses: () => [{ name: "e", cidr: "10.250.250.9/24" }] } },
      ["subnet-routes"],
      [],
    ],
    [
      "pods' addresses that are taken",
      { computer: { addresses: () => [{ name: "e", cidr: "10.244.1.9/24" }] } },
      [],
      ["subnet-routes"],
    ],
    [
      "too little memory",
      { computer: { memory: () => Promise.resolve({ total: 1024, available: 512, swap: 0 }) } },
      ["memory"],
      [],
    ],
    ["a full disk", { computer: { freeDisk: () => Promise.resolve(100) } }, ["disk"], []],
    ["a proxy", { computer: { env: { HTTPS_PROXY: "http://proxy:3128" } } }, [], ["proxy"]],
  ])("about %s is told", async (_name, parts, refusals, warnings) => {
    const found = await lookBeforehand(subjectOf(parts));
    expect(found.refusals.map(({ id }) => id)).toEqual(refusals);
    expect(found.warnings.map(({ id }) => id)).toEqual(warnings);
  });
});
