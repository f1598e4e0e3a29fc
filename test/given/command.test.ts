import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MARKER } from "../stories/support/given/look.js";
import type { Report } from "../stories/support/given/report.js";
import { type Outcome, start } from "../stories/support/programs.js";
import { type Lab, makeLab } from "./lab.js";

let lab: Lab;

const act = (what: string): Buffer => execFileSync("sh", ["act.sh", what, "lab1"], { cwd: lab.folder });

beforeAll(async () => {
  lab = await makeLab();
  const version = JSON.stringify({ clientVersion: { gitVersion: "v1.36.0" } });
  writeFileSync(join(lab.folder, "kubectl"), `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 });
});

afterAll(async () => {
  act("cut");
  await lab.end();
});

/** Runs the same as `npm run stories` after the build. */
function stories(...words: string[]): Promise<Outcome> {
  return start("node", ["test/stories/given.js", "--spec", lab.specFile, ...words]).done;
}

describe("npm run stories", { timeout: 120_000 }, () => {
  it("says in its own words and exit codes what it refuses, and begins nothing", async () => {
    const unknown = await stories("--only", "powr");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/^Error: no story powr\nTry this: /)]);
    const off = await stories();
    expect(off.code).toBe(4);
    expect(off.stderr).toMatch(
      /^Error: not every machine says.*\n {2}lab1: no ssh connection to 127\.0\.0\.1:\d+: .+\n/,
    );
    act("reboot");
    await sshListens();
    const unmarked = await stories();
    expect([unmarked.code, unmarked.stdout]).toEqual([4, ""]);
    expect(unmarked.stderr).toContain(`\n  lab1: ${MARKER} is not there\nTry this: `);
    expect(existsSync(join(lab.folder, "stories"))).toBe(false);
  });

  it("lists each story that cannot be run, with the reason, which is no success", async () => {
    lab.mark();
    act("reboot");
    await sshListens();
    const outcome = await stories("--only", "power", "--only", "kill", "--cut", "sh act.sh cut {name}");
    expect(outcome.code).toBe(3);
    expect(outcome.stdout).toContain("Stories on given machines: 0 passed, 0 failed, 2 not run, ");
    const found = JSON.parse(readFileSync(join(lab.folder, "stories/report.json"), "utf8")) as Report;
    expect(found.stories.map(({ name, result, why }) => [name, result, why])).toEqual([
      ["kill", "not run", "it needs 2 machines, the spec has 1; it needs --reset"],
      ["power", "not run", "it needs 2 machines, the spec has 1; it needs --reboot"],
    ]);
    expect(found.versions).toMatchObject({ kubernetes: "v1.36.1", kubectl: "v1.36.0", machines: [{ name: "lab1" }] });
    expect(found.versions.machines[0]?.kernel).toBe(execFileSync("uname", ["-r"]).toString().trim());
    expect(readFileSync(join(lab.folder, "stories/report.md"), "utf8")).toContain("| power | not run |  | it needs");
  });
});

/** Waits until the server shows its host key, which means that it has started. */
async function sshListens(): Promise<void> {
  const port = /port: (\d+)/.exec(readFileSync(lab.specFile, "utf8"))?.[1] ?? "";
  const scan = () => start("ssh-keyscan", ["-p", port, "127.0.0.1"]).done;
  await expect.poll(async () => (await scan()).stdout, { timeout: 30_000 }).toContain("ssh-ed25519");
}
