import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, it } from "vitest";
import { REACH_SCRIPT } from "../../src/operations/add-node/steps/check-reach.js";

/** What the script prints with this nc. */
function withNc(body: string): string {
  const folder = mkdtempSync(join(tmpdir(), "alpine-k8s-nc-"));
  writeFileSync(join(folder, "nc"), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const PATH = [folder, process.env["PATH"]].join(delimiter);
  return execFileSync("sh", ["-eu"], {
    input: REACH_SCRIPT,
    env: { PATH, AK8S_HOSTS: "api.demo.example.com", AK8S_PORT: "6443" },
    encoding: "utf8",
  }).trim();
}

it.each([
  ["connects and ends", '[ "$*" = "-w 2 api.demo.example.com 6443" ]', "reached"],
  ["was connected until it was ended", "exit 143", "reached"],
  [
    "is refused",
    'echo "nc: api.demo.example.com (10.0.0.2:6443): Connection refused" >&2; exit 1',
    "nc: api.demo.example.com (10.0.0.2:6443): Connection refused",
  ],
  ["fails without a word", "exit 1", "no connection"],
  ["is not there", "exit 127", "no connection"],
])("nc that %s", (_, body, answer) => {
  expect(withNc(body)).toBe(answer);
});
