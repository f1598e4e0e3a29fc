import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRealServer } from "../remote/real-servers.js";
import { MARKER } from "../stories/support/given/look.js";
import { givenMachines } from "../stories/support/given/machines.js";
import type { Given } from "../stories/support/given/settings.js";

// One machine: a real sshd with an /etc and a /run of its own, which is stopped and started by commands.
const ONE = { masters: 1, minions: 0, commands: [] };
let folder: string;
let given: Given;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-given-"));
  await chmod(folder, 0o755);
  const server = await startRealServer("sshd", folder);
  await server.stop();
  writeFileSync(join(folder, "key"), server.userKey.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, "act.sh"), ACT);
  writeFileSync(
    join(folder, "spec.yaml"),
    `apiVersion: alpine-k8s/v1
kind: Cluster
spec:
  provider: hosts
  hosts:
    - { name: lab1, role: master, address: 127.0.0.1, privateAddress: 10.1.1.1, port: ${server.port}, identityFile: key }
`,
  );
  given = {
    ...{ specFile: join(folder, "spec.yaml"), domain: "example.com", kubernetesVersion: "v1.36.1", image: "busybox" },
    ...{ kubectlFolder: folder, home: join(folder, "home") },
    commands: { reset: "sh act.sh reset {name}", cut: "sh act.sh cut {name}", reboot: "sh act.sh reboot {name}" },
  };
  mark();
});

afterAll(async () => {
  await (await givenMachines(given, ONE)).unplug("master1");
  await rm(folder, { recursive: true, force: true });
});

/** What a hypervisor would do: `cut` ends the server, the others start it with empty folders. */
const ACT = `
echo "$1 $2" >>acts
[ ! -e pid ] || { kill "$(cat pid)"; rm pid; }
[ "$1" != cut ] || exit 0
setsid unshare -m -- sh -c '
  mount -t overlay overlay -o lowerdir="$PWD/etc":/etc /etc && mount -t tmpfs tmpfs /run && mkdir -p /run/sshd &&
  exec /usr/sbin/sshd -D -f /etc/sshd_test_config' </dev/null >log 2>&1 &
echo $! >pid
`;

function mark(): void {
  mkdirSync(join(folder, "etc/alpine-k8s"), { recursive: true });
  writeFileSync(join(folder, "etc/alpine-k8s/may-be-destroyed"), "");
}

function acts(): string[] {
  const file = join(folder, "acts");
  const done = readFileSync(file, "utf8").trim().split("\n");
  rmSync(file);
  return done;
}

describe("given machines", { timeout: 60_000 }, () => {
  it("are reset before a story, and run its commands as root", async () => {
    const machines = await givenMachines(given, ONE);
    expect(acts()).toEqual(["reset lab1"]);
    expect(machines.logins).toMatchObject([{ name: "master1", role: "master", privateAddress: "10.1.1.1" }]);
    const outcome = await machines.on("master1", "id -u; cat; echo err >&2; exit 7", "in\n");
    expect(outcome).toMatchObject({ code: 7, stdout: "0\nin\n", stderr: "err\n" });
  });

  it("lose their power and get it back, and are waited for", async () => {
    const machines = await givenMachines(given, ONE);
    await machines.on("master1", "touch /run/before");
    await machines.unplug("master1");
    expect((await machines.on("master1", "true")).code).toBe(255);
    await machines.plug("master1");
    expect((await machines.on("master1", "ls /run/before")).code).not.toBe(0);
    await machines.reboot("master1");
    expect((await machines.on("master1", "true")).code).toBe(0);
    expect(acts()).toEqual(["reset lab1", "cut lab1", "reboot lab1", "reboot lab1"]);
  });

  it("tell of a command that fails, and of one that the story was not said to need", async () => {
    const failing = { ...given, commands: { ...given.commands, cut: "echo no domain {name} >&2; exit 3" } };
    const machines = await givenMachines(failing, ONE);
    await expect(machines.unplug("master1")).rejects.toThrow(
      "--cut of lab1 ended with 3: no domain lab1; it was: echo no domain lab1 >&2; exit 3",
    );
    const { reset = "" } = given.commands;
    const without = await givenMachines({ ...given, commands: { reset } }, ONE);
    await expect(without.reboot("master1")).rejects.toThrow("the story needs --reboot");
  });

  it("without a command to reset them must be clean", async () => {
    const clean = { ...given, commands: {} };
    await (await givenMachines(clean, ONE)).end();
    const started = join(folder, "etc/alpine-k8s/init.started");
    writeFileSync(started, "");
    // A mounted folder need not show what is written beneath it.
    await givenMachines(given, ONE);
    await expect(givenMachines(clean, ONE)).rejects.toThrow(
      "lab1 is a node already (/etc/alpine-k8s/init.started), and there is no --reset",
    );
    rmSync(started);
  });

  it("are refused when the marker is gone after a reset", async () => {
    rmSync(join(folder, "etc/alpine-k8s"), { recursive: true });
    await expect(givenMachines(given, ONE)).rejects.toThrow(`lab1: ${MARKER} is not there`);
    mark();
  });
});
