import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RemoteHost, SshTarget } from "../../src/remote/remote-host.js";
import { failureOf, TestBed } from "./ssh-server.js";

let bed: TestBed;
beforeEach(() => {
  bed = new TestBed();
});
afterEach(() => bed.end());

const WORKS = `[ "$1" = -n ] || exit 9; shift; exec env -i BY="\${0##*/}" PATH=/usr/bin:/bin "$@"`;
const ASKS = `echo "\${0##*/}: a password is required" >&2; exit 1`;

/** A machine on which the user is not root and has these ways to become root. */
async function machine(
  become: SshTarget["become"],
  programs: Readonly<Record<string, string>>,
  uid = 1000,
): Promise<RemoteHost> {
  const folder = join(bed.folder, `bin-${Math.random()}`);
  mkdirSync(folder);
  const all = { id: `echo ${uid}`, sudo: "exit 127", doas: "exit 127", ...programs };
  for (const [name, text] of Object.entries(all)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const server = await bed.server({ shell: ["dash"], env: { PATH: `${folder}:${process.env["PATH"] ?? ""}` } });
  return bed.connect(bed.target(server, { become }));
}

const ask = { name: "facts", script: 'echo "${BY-nobody} $A"', variables: { A: "v" } };

it.each([
  ["auto", {}, 0, "nobody v\n"],
  ["none", {}, 1000, "nobody v\n"],
  ["auto", { sudo: WORKS, doas: WORKS }, 1000, "sudo v\n"],
  ["auto", { sudo: ASKS, doas: WORKS }, 1000, "doas v\n"],
  ["auto", { doas: WORKS }, 1000, "doas v\n"],
  ["sudo", { sudo: WORKS }, 0, "sudo v\n"],
  ["doas", { sudo: WORKS, doas: WORKS }, 1000, "doas v\n"],
] as const)("become %s with %j as user %i", async (become, programs, uid, expected) => {
  const host = await machine(become, programs, uid);
  expect((await host.run(ask)).stdout).toBe(expected);
});

it("says when neither works without a password, and what to do", async () => {
  const host = await machine("auto", { sudo: ASKS, doas: "echo 'doas: Authentication required' >&2; exit 1" });
  const failure = await failureOf(host.run(ask));
  expect(failure).toMatchObject({ kind: "node", node: "master1" });
  expect(failure.message).toBe(
    'master1: "facts" could not be started: become: neither sudo nor doas works without a password, ' +
      "sudo: a password is required, doas: Authentication required",
  );
  expect(failure["hints"]).toEqual([
    "log in as root, or let the user become root without a password (sudo: NOPASSWD, doas: nopass)",
    expect.stringMatching(/^try: ssh -p \d+ .* root@127\.0\.0\.1 sudo -n true$/),
  ]);
});

it("says when the one that was asked for does not work", async () => {
  const host = await machine("doas", { sudo: WORKS, doas: ASKS });
  expect((await failureOf(host.run(ask))).message).toBe(
    'master1: "facts" could not be started: become: doas does not work without a password, doas: a password is required',
  );
});
