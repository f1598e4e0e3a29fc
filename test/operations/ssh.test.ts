import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { prepareSsh, remoteLine, sshArguments, type PrepareSsh } from "../../src/operations/ssh.js";
import type { Tools } from "../../src/engine/tools.js";
import { up } from "../../src/operations/up/up.js";
import type { InteractiveCommand } from "../../src/base/process-interactive.js";
import { connectSsh } from "../../src/remote/connect-ssh.js";
import { openHostKeys } from "../../src/remote/host-keys.js";
import type { SshTarget } from "../../src/remote/remote-host.js";
import type { MachineState } from "../../src/vagrant/machine-state.js";
import { startRealServer, type RealServer } from "../remote/real-servers.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const signal = new AbortController().signal;
let servers: string;
let server: RealServer;
let key: string;
let world: FakeWorld;
let pinned: string[];

beforeAll(async () => {
  servers = await mkdtemp(join(tmpdir(), "alpine-k8s-ssh-"));
  chmodSync(servers, 0o755);
  server = await startRealServer("sshd", join(servers, "sshd"));
  key = join(servers, "a key of 100%h");
  await writeFile(key, server.userKey.privateKey, { mode: 0o600 });
});
afterAll(async () => {
  await server.stop();
  await rm(servers, { recursive: true, force: true });
});
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  pinned = [];
  await up({ folder: world.folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
  world.transcript.splice(0);
});

/** Tools with real connections: all nodes are the real server, with its own key. */
function realTools(states: Readonly<Record<string, MachineState>> = {}): Tools {
  const tools = world.tools();
  const target = (name: string): SshTarget => ({
    ...{ name, address: "127.0.0.1", port: server.port, user: "root", become: "auto", hostKey: "" },
    ...{ privateKeys: [server.userKey.privateKey], identityFiles: [key] },
  });
  return {
    ...tools,
    connect: (to, { paths, onPinned }) =>
      connectSsh(to, { hostKeys: openHostKeys(paths.knownHosts, onPinned), connectTimeout: 5_000 }),
    machines: async (input) => ({
      ...(await tools.machines(input)),
      directTarget: ({ name }) => Promise.resolve(name in states ? undefined : target(name)),
      states: () => Promise.resolve(new Map(Object.entries(states))),
      target: ({ name }) => Promise.resolve(target(name)),
    }),
  };
}

function prepare(node: string, command: readonly string[] = [], changes: Partial<PrepareSsh> = {}) {
  const progress = { ...world.progress(), info: (message: string) => void pinned.push(message) };
  return prepareSsh({
    folder: world.folder,
    tools: realTools(),
    progress,
    signal,
    node,
    command,
    tty: false,
    ...changes,
  });
}

function run(
  { program, args }: InteractiveCommand,
  input: string | Buffer = "",
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(program, [...args], { input, maxBuffer: 64 * 1024 * 1024 });
  return { status, stdout: stdout.toString("latin1"), stderr: stderr.toString() };
}

describe("ssh with a real sshd", () => {
  it("pins the host key by our own client first, and then checks it strictly", async () => {
    expect(run(await prepare("minion1", ["echo", "in"]))).toEqual({ status: 0, stdout: "in\n", stderr: "" });
    expect(pinned).toEqual([expect.stringMatching(/^minion1: host key SHA256:\S+ pinned$/)]);
    const knownHosts = join(world.folder, ".alpine-k8s/known_hosts");
    expect(await readFile(knownHosts, "utf8")).toBe(`minion1 ${server.hostKeyLine.split(" ").slice(0, 2).join(" ")}\n`);
    const again = await prepare("minion1", ["true"]);
    expect(pinned).toHaveLength(1);
    await writeFile(knownHosts, "");
    expect(run(again)).toMatchObject({
      status: 255,
      stderr: expect.stringContaining("Host key verification failed") as string,
    });
  });

  it("refuses a node with another host key before ssh is started, with the line to remove", async () => {
    const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0OZ6Yq1Fv3q4dO7GZ6m6mGmZCBQm0mO0sBzq6uFf1X";
    await writeFile(join(world.folder, ".alpine-k8s/known_hosts"), `minion1 ${other}\n`);
    await expect(prepare("minion1")).rejects.toMatchObject({ kind: "node", node: "minion1" });
  });

  it.each([0, 1, 42])("passes the exit code %d on", async (code) => {
    expect(run(await prepare("master1", ["sh", "-c", `exit ${code}`])).status).toBe(code);
  });

  it("passes bytes through in both directions", async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256));
    expect(run(await prepare("minion1", ["cat"]), bytes).stdout).toBe(bytes.toString("latin1"));
  });

  it.each([
    [["printf", "%s|", "two  words", "$HOME", "*", "it's", "", "-x", ";id", 'a"b\\', "new\nline"]],
    [["printf", "%s|", "--", "-n"]],
  ])("gives several words to the program as they are: %j", async (words) => {
    expect(run(await prepare("minion1", words)).stdout).toBe(`${words.slice(2).join("|")}|`);
  });

  it("gives one word to the shell there", async () => {
    expect(run(await prepare("minion1", ["echo one two | wc -w"])).stdout.trim()).toBe("2");
  });

  it("takes full names, and asks Vagrant where a machine is that is not where it should be", async () => {
    const tools = realTools({ minion2: "running" });
    expect(run(await prepare("minion2.example.com", ["echo", "there"], { tools })).stdout).toBe("there\n");
  });

  it("gives a command a terminal when asked", async () => {
    const { args } = await prepare("minion1", ["tty"], { tty: true });
    expect(args.slice(-4)).toEqual(["-t", "--", "127.0.0.1", "tty"]);
  });
});

describe("ssh refuses", () => {
  it("an unknown node, with the names", async () => {
    await expect(prepare("minion9")).rejects.toMatchObject({
      kind: "usage",
      message: "cluster demo has no node minion9; it has master1, minion1, minion2",
    });
  });

  it.each([
    ["halted", "minion1: its machine is off (halted)"],
    ["suspended", "minion1: its machine is off (suspended)"],
    ["half-created", "minion1: its machine is half created: its first boot was interrupted"],
  ] as const)("a machine that is %s, with what starts it", async (state, message) => {
    await expect(prepare("minion1", [], { tools: realTools({ minion1: state }) })).rejects.toMatchObject({
      ...{ kind: "node", node: "minion1", message, hints: ["alpine-k8s up"] },
    });
  });

  it("a node whose machine was never made", async () => {
    world.machine("minion1").exists = false;
    const tools = realTools({ minion1: "absent" });
    await expect(prepare("minion1", [], { tools })).rejects.toMatchObject({
      message: "minion1: no machine was made for it yet",
    });
  });

  it("a computer without ssh, before anything is connected", async () => {
    await expect(prepare("minion1", [], { env: { PATH: "/nowhere" } })).rejects.toMatchObject({
      ...{ kind: "prerequisite", message: "there is no ssh program on this computer (no program ssh on PATH)" },
      hints: [expect.stringContaining("openssh-client") as string],
    });
    expect(pinned).toEqual([]);
  });

  it("a folder without a cluster", async () => {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-none-"));
    await expect(prepare("master1", [], { folder })).rejects.toMatchObject({ kind: "usage", hints: ["alpine-k8s up"] });
  });
});

describe("the arguments of ssh", () => {
  const target: SshTarget = {
    ...{ name: "minion1", address: "203.0.113.8", port: 2222, user: "me", become: "sudo", hostKey: "" },
    privateKeys: [],
  };
  const command = { command: [], tty: false };

  it("name no key where ssh finds the user's own, and leave other keys alone where there is one of ours", () => {
    const without = sshArguments(target, "/c/known_hosts", command).join(" ");
    expect(without).toMatch(/^-F none -p 2222 -l me -o HostKeyAlias=minion1 /);
    expect(without).not.toMatch(/Identit/);
    const ours = { ...target, identityFiles: ["/a b/50%/id"] };
    expect(sshArguments(ours, "/c/known_hosts", command)).toEqual(
      expect.arrayContaining([
        "IdentitiesOnly=yes",
        'IdentityFile="/a b/50%%/id"',
        'UserKnownHostsFile="/c/known_hosts"',
      ]),
    );
    expect(sshArguments({ ...ours, agent: "/agent" }, "/c/known_hosts", command)).not.toContain("IdentitiesOnly=yes");
  });

  it("hold a Windows path", () => {
    expect(sshArguments(target, "C:\\a b\\known_hosts", command)).toContain(
      'UserKnownHostsFile="C:\\\\a b\\\\known_hosts"',
    );
  });

  it("end with the address, and the command as one text", () => {
    expect(sshArguments(target, "/k", { command: ["ls", "-l a"], tty: true }).slice(-4)).toEqual([
      ...["-t", "--", "203.0.113.8", "'ls' '-l a'"],
    ]);
    expect(remoteLine(["df | sort"])).toBe("df | sort");
  });
});
