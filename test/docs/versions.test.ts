import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { versionsTables } from "../../src/cli/text/versions.js";
import { CANAL, CNI_FOLDERS, TRAPS } from "../../src/model/versions/table.js";
import { versionsReport } from "../../src/operations/versions.js";

const page = (name: string): string => readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");

/** The lines of the tables on a page. */
const tablesIn = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("| "));

/** A table as the page has it, without the column that depends on the day. */
function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const day = header.indexOf("today");
  return [header, ...rows].map((row) => `| ${row.filter((_, column) => column !== day).join(" | ")} |`);
}

describe("docs/versions.md", () => {
  it("has every row of the table of versions, in its order, and no other", async () => {
    const report = await versionsReport({ folder: import.meta.dirname, now: Date.parse("2026-11-20") });
    const expected = [
      ...versionsTables(report).flatMap(({ header, rows }) => markdown(header, rows)),
      ...markdown(
        ["trap", "what", "what helps"],
        TRAPS.map(({ id, what, remedy }) => [id, what, remedy]),
      ),
    ];
    expect(tablesIn(page("versions.md"))).toEqual(expected);
  });

  it("names the folders of CNI plugins", () => {
    for (const folder of Object.values(CNI_FOLDERS)) expect(page("versions.md")).toContain(`\`${folder}\``);
  });
});

it("docs/addons.md has the releases of Canal with their minors, in the table's order", () => {
  const rows = CANAL.map(({ version, minors: [first, last] }) => {
    return `| ${first === last ? `1.${first}` : `1.${first} to 1.${last}`} | ${version} |`;
  });
  const found = tablesIn(page("addons.md")).filter((line) => /\| v3\.\d+\.\d+ \|/.test(line));
  expect(found.map((line) => /^\| [^|]+ \| [^|]+ \|/.exec(line)?.[0])).toEqual(rows);
});
