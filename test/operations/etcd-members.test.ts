import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  etcdMembers,
  etcdWords,
  leaveEtcd,
  membersOf,
  parseMembers,
  removeEtcdMember,
} from "../../src/control-plane/etcd-members.js";
import type { Tools } from "../../src/engine/tools.js";
import type { NodeSession } from "../../src/engine/node-session.js";
import type { RemoteCommand } from "../../src/remote/remote-host.js";
import type { PlannedNode } from "../../src/model/topology/topology.js";
import { FakeHost } from "../fakes/fake-host.js";
import { quickClock } from "../fakes/quick-clock.js";

// Output of etcdctl 3.4 and 3.5: two running members, a learner, and a member that was added and never started.
const LISTED = `8e9e05c52164694d, started, master1.example.com, https://10.250.250.2:2380, https://10.250.250.2:2379, false
b26aceda033c826, started, master2.example.com, https://10.250.250.3:2380,https://[fd00::3]:2380, https://10.250.250.3:2379, false
ca933ab8cfffe553, started, master3.example.com, https://10.250.250.4:2380, https://10.250.250.4:2379, true
91bc3c398fb3c146, unstarted, , https://10.250.250.40:2380, , false
`;
const OWN = `${LISTED.split("\n")[0] ?? ""}\n`;

const signal = new AbortController().signal;

function context() {
  const details: string[] = [];
  const tell = (text: string): unknown => details.push(text);
  const progress = { detail: tell, waiting: tell, node: () => undefined };
  const log = { write: () => undefined };
  const around = { tools: { clock: quickClock() } as Tools, progress: progress as never, log: log as never, signal };
  return { details, around };
}

const member = (fqdn: string, address?: string) => ({ fqdn, address });

describe("the list of members", () => {
  it("is read as etcdctl prints it", () => {
    expect(parseMembers(LISTED)).toEqual([
      {
        ...{ id: "8e9e05c52164694d", isStarted: true, name: "master1.example.com", isLearner: false },
        peers: ["https://10.250.250.2:2380"],
      },
      {
        ...{ id: "b26aceda033c826", isStarted: true, name: "master2.example.com", isLearner: false },
        peers: ["https://10.250.250.3:2380", "https://[fd00::3]:2380"],
      },
      {
        ...{ id: "ca933ab8cfffe553", isStarted: true, name: "master3.example.com", isLearner: true },
        peers: ["https://10.250.250.4:2380"],
      },
      {
        ...{ id: "91bc3c398fb3c146", isStarted: false, name: "", isLearner: false },
        peers: ["https://10.250.250.40:2380"],
      },
    ]);
  });

  it("that is none is not guessed at", () => {
    expect(() => parseMembers("nothing here\n")).toThrow("cannot read what etcd says of its members: nothing here");
  });

  it.each([
    ["its name", member("master2.example.com", "10.9.9.9"), ["b26aceda033c826"]],
    ["its name, as a learner", member("master3.example.com"), ["ca933ab8cfffe553"]],
    ["its address, without a name", member("master4.example.com", "10.250.250.40"), ["91bc3c398fb3c146"]],
    ["the address of one that has a name", member("other.example.com", "10.250.250.2"), []],
    ["an address that begins like another", member("master4.example.com", "10.250.250.4"), []],
    ["nothing", member("minion1.example.com"), []],
  ])("knows a node by %s", (_, owner, ids) => {
    expect(membersOf(owner, parseMembers(LISTED)).map(({ id }) => id)).toEqual(ids);
  });
});

describe("the script", () => {
  /** Runs it with a crictl that prints its arguments one by one; `crictl ps` prints the given text. */
  async function run(
    command: RemoteCommand,
    containers: string,
  ): Promise<{ stdout: string; stderr: string; status: number }> {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-crictl-"));
    const crictl = `#!/bin/sh\ncase " $* " in *" ps "*) printf '%s' "$CONTAINERS"; echo warned >&2 ;; *) printf '[%s]' "$@" ;; esac\n`;
    await writeFile(join(folder, "crictl"), crictl);
    await chmod(join(folder, "crictl"), 0o755);
    const env = { PATH: `${folder}:/usr/bin:/bin`, CONTAINERS: containers, ...command.variables };
    const { stdout, stderr, status } = spawnSync("sh", ["-c", command.script], { env, encoding: "utf8" });
    return { stdout, stderr, status: status ?? -1 };
  }

  const ETCDCTL =
    "[--runtime-endpoint][unix:///run/containerd/containerd.sock][--timeout][10s][exec][0a1b][etcdctl]" +
    "[--endpoints=https://127.0.0.1:2379][--cacert=/etc/kubernetes/pki/etcd/ca.crt]" +
    "[--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt][--key=/etc/kubernetes/pki/etcd/healthcheck-client.key]";

  it("asks etcdctl in the first container, and passes words on as they are", async () => {
    const host = new FakeHost("master1").on("etcd members", OWN).on("etcd member remove", "");
    const { around } = context();
    await removeEtcdMember(around, host, member("master1.example.com"));
    const [list, remove] = host.commands;
    if (list === undefined || remove === undefined) throw new Error("too few commands");
    expect([list.readOnly, remove.readOnly]).toEqual([true, undefined]);
    expect(await run(list, "0a1b\n2c3d\n")).toEqual({
      ...{ stdout: `${ETCDCTL}[member][list]`, stderr: "warned\n", status: 0 },
    });
    expect((await run(remove, "0a1b\n")).stdout).toBe(`${ETCDCTL}[member][remove][8e9e05c52164694d]`);
    const odd = { ...remove, variables: { AK8S_MEMBER: "a b; $(false)" } };
    expect((await run(odd, "0a1b\n")).stdout).toBe(`${ETCDCTL}[member][remove][a b; $(false)]`);
  });

  it("says when no etcd runs", async () => {
    const host = new FakeHost("master1").on("etcd members", OWN);
    await etcdMembers(host, signal);
    const [list] = host.commands;
    if (list === undefined) throw new Error("no command");
    expect(await run(list, "")).toEqual({
      ...{ stdout: "", stderr: "warned\nError: no container of etcd runs there\n", status: 1 },
    });
  });
});

describe("a member", () => {
  it("that is none is nothing to do", async () => {
    const host = new FakeHost("master1").on("etcd members", OWN);
    expect(await removeEtcdMember(context().around, host, member("master2.example.com", "10.250.250.3"))).toBe(false);
    expect(host.transcript).toEqual(["master1$ etcd members"]);
  });

  it("goes with what an older join left beside it", async () => {
    const twice = `${LISTED}7e9e05c52164694d, unstarted, , https://10.250.250.4:2380, , true\n`;
    const host = new FakeHost("master1").on("etcd members", twice).on("etcd member remove", "");
    const node = { name: "master3", fqdn: "master3.example.com", address: "10.250.250.4" } as PlannedNode;
    const { around, details } = context();
    const from = { host, node: { name: "master1" } } as unknown as NodeSession;
    expect(await leaveEtcd(around, node, from)).toBe(true);
    expect(host.commands.flatMap(({ variables }) => variables?.["AK8S_MEMBER"] ?? [])).toEqual([
      "ca933ab8cfffe553",
      "7e9e05c52164694d",
    ]);
    expect(details).toEqual(["master3: its old member was taken out of etcd"]);
  });

  it("is tried again while etcd elects a leader; one that went all the same is gone", async () => {
    const host = new FakeHost("master1")
      .once("etcd members", { exitCode: 1, stderr: "Error: etcdserver: leader changed\n" })
      .once("etcd members", LISTED)
      .once("etcd members", OWN)
      .on("etcd member remove", { exitCode: 1, stderr: "Error: context deadline exceeded\n" });
    const { around, details } = context();
    expect(await removeEtcdMember(around, host, member("master2.example.com"))).toBe(true);
    expect(details).toEqual([
      "master1: etcd: etcdserver: leader changed; it is tried again",
      "master1: etcd: context deadline exceeded; it is tried again",
    ]);
  });

  it("that etcd does not give up within a minute is told, with what etcd said and what to type", async () => {
    const host = new FakeHost("master1")
      .on("etcd members", LISTED)
      .on("etcd member remove", { exitCode: 1, stderr: "Error: etcdserver: unhealthy cluster\n" });
    await expect(removeEtcdMember(context().around, host, member("master2.example.com"))).rejects.toMatchObject({
      kind: "timeout",
      message:
        "gave up after 60 s waiting for etcd, asked on master1, to let master2.example.com go: etcdserver: unhealthy cluster",
      hints: [
        "alpine-k8s status  (etcd changes nothing without a majority of its members)",
        "alpine-k8s up  (starts the masters that are off), then give the same command again",
      ],
    });
  });

  it.each([
    {
      words: "etcdserver: re-configuration failed due to not enough started members",
      ...{ exitCode: 1, kind: "conflict", message: "etcd, asked on master1, does not let master2.example.com go: " },
    },
    { words: "crictl: not found", exitCode: 127, kind: "node", message: "crictl: not found" },
  ])("is not asked for again after «$words»", async ({ words, exitCode, kind, message }) => {
    const host = new FakeHost("master1")
      .on("etcd members", LISTED)
      .on("etcd member remove", { exitCode, stderr: `Error: ${words}\n` });
    const failure = removeEtcdMember(context().around, host, member("master2.example.com"));
    await expect(failure).rejects.toMatchObject({ kind, node: "master1" });
    await expect(failure).rejects.toThrow(message);
    expect(host.commands).toHaveLength(2);
  });

  it("is never taken out by the master that it belongs to", async () => {
    const host = new FakeHost("master1");
    const node = { name: "master1", fqdn: "master1.example.com", address: "10.250.250.2" } as PlannedNode;
    const itself = leaveEtcd(context().around, node, { host, node } as unknown as NodeSession);
    await expect(itself).rejects.toMatchObject({ kind: "bug" });
  });
});

describe("etcd's words", () => {
  it.each([
    [
      `time="2026-11-21T12:00:00Z" level=warning msg="runtime connect using default endpoints"
{"level":"warn","ts":"2026-11-21T12:00:05.1Z","logger":"etcd-client","msg":"retrying of unary invoker failed"}
Error: context deadline exceeded
time="2026-11-21T12:00:05Z" level=fatal msg="execing command in container: command terminated with exit code 1"
`,
      "context deadline exceeded",
    ],
    [
      "WARN[0000] no config\nFATA[0002] validate service connection: connection error\n",
      "FATA[0002] validate service connection: connection error",
    ],
    ["", "it said nothing"],
  ])("are found between those of crictl: %j", (stderr, words) => {
    expect(etcdWords(stderr)).toBe(words);
  });
});
