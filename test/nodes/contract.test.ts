import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeScript } from "../../src/templates/node-script.js";
import { packageTemplates } from "../../src/templates/package-files.js";
import { FakeNode } from "./node.js";
import { masterVariables, sharedVariables } from "./node-input.js";

const read = (name: string): string => nodeScript(name, packageTemplates());
const doc = readFileSync(join(import.meta.dirname, "../../docs/node-scripts.md"), "utf8");

const SCRIPTS = ["shared", "master", "minion", "reset", "certs", "serving", "virtual-address"].map(
  (name) => `${name}.sh`,
);

test("every script is one text, which needs no other file", () => {
  for (const name of SCRIPTS) {
    expect(read(name)).toContain("\nsweep() {\n");
    expect(read(name)).not.toMatch(/^\. parts/m);
  }
});

test("the documentation lists the conditions of shared.sh, in order and with their weight", () => {
  const table = /\ntable='\n([^']*)'/.exec(read("shared.sh"))?.[1]?.trim().split("\n") ?? [];
  const rows = [...doc.matchAll(/^\| `([a-z-]+)` \| (fatal|warning)/gm)].map(([, id, weight]) => `${id}:${weight}`);
  expect(table).toHaveLength(30);
  expect(rows).toEqual(table);
});

test("every variable that a script reads is documented", () => {
  for (const name of SCRIPTS) {
    const variables = new Set(read(name).match(/AK8S_[A-Z0-9_]+/g));
    variables.delete("AK8S_");
    for (const variable of variables) expect(doc).toContain(`\`${variable}\``);
  }
});

test("the host of these tests keeps its name, sysctls, mounts and swap", async () => {
  const host = (): Record<string, string> => ({
    hostname: readFileSync("/proc/sys/kernel/hostname", "utf8"),
    swaps: readFileSync("/proc/swaps", "utf8"),
    mounts: readFileSync("/proc/self/mountinfo", "utf8"),
    forward: readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8"),
    watches: readFileSync("/proc/sys/fs/inotify/max_user_watches", "utf8"),
    instances: readFileSync("/proc/sys/fs/inotify/max_user_instances", "utf8"),
    hosts: readFileSync("/etc/hosts", "utf8"),
  });
  const before = host();
  const clock = Date.now();
  const node = await FakeNode.start();
  node.fake("clock", "1000000000\n");
  node.fake("swaps", "Filename\tType\tSize\n/dev/vdb partition 1000 0 -2\n");
  expect((await node.run("shared", sharedVariables)).code).toBe(0);
  expect((await node.run("master", masterVariables)).code).toBe(0);
  await node.stop();
  expect(host()).toEqual(before);
  expect(Math.abs(Date.now() - clock)).toBeLessThan(60_000);
});
