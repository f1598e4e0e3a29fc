import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");

/** Files and folders that the page names in backquotes. */
const paths = [
  ...page.matchAll(/`((?:src|templates|practice)\/[\w./-]*|Vagrantfile\.hbs|\.dependency-cruiser\.cjs)`/g),
].map(([, path = ""]) => path);

test("docs/architecture.md answers ten questions, each with a path", () => {
  const table = page.slice(page.indexOf("## Ten questions"), page.indexOf("| I look for"));
  const rows = table.split("\n").filter((line) => /^\| .*\? \|/.test(line));
  expect(rows).toHaveLength(10);
  for (const row of rows) expect(row).toMatch(/\? \| `(src|templates)\//);
});

test.each([...new Set(paths)])("what docs/architecture.md names is there: %s", (path) => {
  expect(existsSync(join(ROOT, path))).toBe(true);
});
