import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RemoteHost } from "../../src/remote/remote-host.js";
import { failureOf, TestBed } from "./ssh-server.js";

const TOKEN = "abcdef.0123456789abcdef";

let bed: TestBed;
beforeEach(() => {
  bed = new TestBed();
});
afterEach(() => bed.end());

/** A machine whose login shell does this before it runs the command. */
async function machine(rc: string, last = 'exec sh "$@"'): Promise<RemoteHost> {
  const shell = join(bed.folder, "login-shell");
  writeFileSync(shell, `#!/bin/bash\n${rc}\n${last}\n`);
  chmodSync(shell, 0o755);
  const { host } = await bed.host({ shell: [shell] });
  return host;
}

const command = {
  ...{ name: "master.sh", script: 'echo "hi $AK8S_TOKEN"', variables: { AK8S_TOKEN: TOKEN } },
  ...{ secrets: [TOKEN], timeout: 20_000 },
};
const ENCODED = Buffer.from(`AK8S_TOKEN='${TOKEN}'`).toString("base64").slice(0, 24);

describe("a login shell that reads standard input", () => {
  it.each([
    ["asks two questions and does not wait for ever", "read -t 0.3 one; read -t 0.3 two; echo account: $one $two >&2"],
    ["reads one character for a moment", "read -t 0.3 -n 1 one; echo $one >&2"],
    ["asks on the same line as our mark", "printf 'Set up? ' >&2; read -t 0.3 one"],
  ])("and %s gets nothing of ours, and the command runs", async (_, rc) => {
    const host = await machine(rc);
    const result = await host.run(command);
    expect(result.stdout).toBe(`hi ${TOKEN}\n`);
    expect(result.stderr).not.toContain("alpine-k8s-bootstrap");
    expect(`${result.stderr}${bed.logged.join("\n")}`).not.toContain(ENCODED);
  });

  it.each([
    ["one line", "read one"],
    ["three lines", "read one; read two; read three"],
    ["all there is", "cat >/dev/null"],
  ])("for ever, %s, is told as what it is", async (_, rc) => {
    const host = await machine(`echo "Set up the account?"; ${rc}`);
    const failure = await failureOf(host.run({ ...command, timeout: 1_500 }));
    expect(failure).toMatchObject({ kind: "timeout", node: "master1" });
    expect(failure.message).toBe(
      'master1: "master.sh" did not start within 1.5 s: the login shell reads standard input before it runs a command, ' +
        "or beside it: look into its rc files; it last said: Set up the account?",
    );
    expect(failure["hints"]).toEqual([expect.stringMatching(/^to see it by hand: ssh -p \d+ .* true <\/dev\/null$/)]);
  });

  it.each([1, 2])("beside the command, %i lines of it, shows nothing of ours", async (lines) => {
    const host = await machine(
      "",
      `exec 4<&0; sh "$@" < <(for i in $(seq ${lines}); do read -u 4 lost; done; cat <&4)`,
    );
    const failure = await failureOf(host.run(command));
    expect(failure.message).toBe(
      'master1: "master.sh" could not be started: the login shell reads standard input before it runs a command, or beside ' +
        "it: look into its rc files",
    );
    expect(bed.logged.join("\n")).not.toMatch(new RegExp(`${ENCODED}|auto`));
  });
});

it("a login shell that ends well without running the command has not run it", async () => {
  const host = await machine("echo Please log in as alpine; exit 0");
  expect((await failureOf(host.run(command))).message).toBe(
    'master1: "master.sh" could not be started: the login shell did not run it; it last said: Please log in as alpine',
  );
});
