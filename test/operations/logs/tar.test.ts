import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { tarEnd, tarEntry } from "../../../src/operations/logs/tar.js";

const MODIFIED = new Date("2026-03-01T12:00:00Z");

it.each(["tar", "busybox tar"])("%s lists and unpacks what was packed", (program) => {
  const folder = mkdtempSync(join(tmpdir(), "alpine-k8s-tar-"));
  const contents = new Map([
    ["a/empty", Buffer.alloc(0)],
    ["a/block", Buffer.alloc(512, "x")],
    [`a/${"n".repeat(98)}`, Buffer.from("ü\n")],
    [`${"f".repeat(60)}/${"g".repeat(60)}/${"h".repeat(60)}`, Buffer.from("long\n")],
    ["a/large", Buffer.alloc(100_001, 7)],
  ]);
  const entries = [...contents].map(([name, content]) => tarEntry(name, content, MODIFIED));
  const archive = join(folder, "a.tar");
  writeFileSync(archive, Buffer.concat([...entries, tarEnd()]));
  const [command = "", ...args] = program.split(" ");
  const run = (...more: string[]): string =>
    execFileSync(command, [...args, ...more], { encoding: "utf8", cwd: folder });
  expect(run("-tvf", archive)).toMatch(/^-rw------- (root\/root|0\/0) +0 2026-03-01 \d\d:00(:00)? a\/empty\n/);
  run("-xf", archive);
  for (const [name, content] of contents) expect(readFileSync(join(folder, name)).equals(content)).toBe(true);
  expect(statSync(join(folder, "a/large")).mode & 0o777).toBe(0o600);
});

it("refuses a name that does not fit", () => {
  expect(() => tarEntry("n".repeat(101), Buffer.alloc(0), MODIFIED)).toThrow(/is too long for the archive$/);
});
