import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ETCDCTL, Masters, powerOff } from "./masters.js";
import { eventually, type PracticeNode, type Ran } from "./support.js";

describe("etcd's members", () => {
  const cluster = new Masters();
  let one: PracticeNode;
  let two: PracticeNode;
  let three: PracticeNode;
  beforeAll(async () => {
    one = await cluster.first();
  }, 60_000);
  afterAll(() => {
    cluster.dispose();
  });

  async function idOf(name: string, asked = one): Promise<string> {
    return (await cluster.members(asked)).find((row) => row[2] === name)?.[0] ?? "";
  }
  function works(node: PracticeNode): Promise<void> {
    return eventually(async () => (await cluster.ask(node, "get", "nodes")).code === 0, "the API answers", 30);
  }
  function exec(...words: string[]): Promise<Ran> {
    return one.run("crictl", ["exec", ...words]);
  }

  it("one member is listed, and is never removed", async () => {
    const [row, ...others] = await cluster.members(one);
    expect(others).toEqual([]);
    expect(row?.slice(1)).toEqual([
      "started",
      "master1.example.com",
      `https://127.0.0.1:${String(2380 + one.shift)}`,
      `https://127.0.0.1:${String(2379 + one.shift)}`,
      "false",
    ]);
    const ran = await cluster.etcdctl(one, "member", "remove", row?.[0] ?? "");
    expect(ran.stderr).toContain("Error: etcdserver: re-configuration failed due to not enough started members\n");
    expect(ran.stderr).toMatch(/^FATA\[0000\] execing command in container \S+: command terminated with exit code 1$/m);
    expect(ran.code).toBe(1);
    expect(one.has("var/lib/etcd/member/vote")).toBe(false);
    expect(one.has("var/lib/etcd/member/objects/position")).toBe(false);
  }, 30_000);

  it.each([
    ["another command", ["endpoint", "health"], 'Error: unknown command "endpoint" for "etcdctl"', 1],
    ["another subcommand", ["member", "add", "x"], 'Error: unknown command "add" for "etcdctl member"', 1],
    ["an unknown flag", ["member", "list", "--nonsense"], "Error: unknown flag: --nonsense", 1],
    ["a format that it has not", ["member", "list", "-w", "yaml"], "Error: unsupported output format", 4],
    ["no id", ["member", "remove"], "Error: member ID is not provided", 128],
    ["an id that is none", ["member", "remove", "master2"], "Error: bad member ID arg", 128],
    ["an unknown member", ["member", "remove", "1234"], "Error: etcdserver: member not found", 1],
    [
      "a missing certificate",
      ["member", "list", "--cert=/x.crt"],
      "Error: open /x.crt: no such file or directory",
      128,
    ],
    ["an empty flag", ["member", "list", "--key="], "Error: empty string is passed to --key option", 128],
  ])("etcdctl refuses %s", async (_, words, message, code) => {
    const ran = await cluster.etcdctl(one, ...words);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toContain(`command terminated with exit code ${String(code)}`);
    expect(ran.stdout).toBe("");
  });

  it("crictl finds containers by pattern and state, and runs nothing but etcdctl", async () => {
    const listed = (...words: string[]): Promise<string> =>
      one.run("crictl", ["ps", "-q", ...words]).then((ran) => ran.stdout);
    expect((await listed("--name", "^etcd$", "--state", "Running")).split("\n")).toHaveLength(2);
    expect(await listed("--name", "^tcd$")).toBe("");
    expect(await listed("--name", "etcd", "--state", "Exited")).toBe("");
    expect((await one.run("crictl", ["ps", "--state", "gone"])).stderr).toContain("--state should be one of");
    expect((await one.run("crictl", ["ps", "--name", "("])).stderr).toContain("error parsing regexp");
    const id = (await listed("--name", "^etcd$")).trim();
    expect((await exec(id, "sh", "-c", "true")).stderr).toContain('exec: "sh": executable file not found in $PATH');
    expect((await exec("0000", ...ETCDCTL, "member", "list")).stderr).toContain('container "0000": not found');
    expect((await exec("--nonsense", id, "etcdctl")).stderr).toContain("unknown flag: --nonsense");
  }, 30_000);

  it("a living member of three is removed, the other two go on", async () => {
    two = await cluster.further("master2.example.com");
    three = await cluster.further("master3.example.com", two);
    const shown = JSON.parse((await cluster.etcdctl(two, "member", "list", "-w", "json")).stdout) as {
      members: { name: string }[];
    };
    expect(shown.members.map((member) => member.name).sort()).toEqual(
      ["1", "2", "3"].map((number) => `master${number}.example.com`),
    );
    const ran = await cluster.etcdctl(one, "member", "remove", await idOf("master3.example.com"));
    expect(ran.stdout).toMatch(/^Member +[0-9a-f]+ removed from cluster +[0-9a-f]+\n$/);
    expect((await cluster.members(two)).map((row) => row[2]).sort()).toEqual([
      "master1.example.com",
      "master2.example.com",
    ]);
    await eventually(
      async () => (await cluster.ask(three, "get", "--raw=/readyz")).code !== 0,
      "the removed one has no etcd",
      20,
    );
    expect((await cluster.ask(two, "create", "configmap", "of-two")).code).toBe(0);
  }, 120_000);

  it("its machine is reset, and joins again as a new member", async () => {
    const reset = await three.run("kubeadm", ["reset", "--force"]);
    expect(reset.code).toBe(0);
    expect(three.has("etc/kubernetes/manifests/etcd.yaml")).toBe(false);
    await cluster.ask(one, "delete", "node", "master3.example.com");
    cluster.endpoint.masters.splice(cluster.endpoint.masters.indexOf(three), 1);
    cluster.share(one, three);
    const ran = await cluster.join(three, "master3.example.com", true);
    expect(ran.stdout).toContain("a new control plane instance was created");
    cluster.endpoint.masters.push(three);
    await works(three);
    expect(await cluster.members(three)).toHaveLength(3);
  }, 90_000);

  it("with one member down no living one may go, but the dead one", async () => {
    const dead = await idOf("master3.example.com");
    powerOff(three);
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const refused = await cluster.etcdctl(one, "member", "remove", await idOf("master2.example.com"));
    expect(refused.stderr).toContain("Error: etcdserver: unhealthy cluster");
    expect((await cluster.etcdctl(one, "member", "remove", dead)).code).toBe(0);
    expect(await cluster.members(one)).toHaveLength(2);
  }, 60_000);

  it("kubeadm reset takes a living member out, also the first, and what is left is a cluster of one", async () => {
    const ran = await one.run("kubeadm", ["reset", "--force"]);
    expect(ran.stderr).not.toContain("Failed to remove etcd member");
    expect(ran.code).toBe(0);
    expect(one.has("var/lib/etcd/member")).toBe(false);
    await works(two);
    expect((await cluster.members(two)).map((row) => row[2])).toEqual(["master2.example.com"]);
    expect((await cluster.ask(two, "get", "cm", "of-two")).code).toBe(0);
    expect((await cluster.ask(two, "create", "configmap", "of-one")).code).toBe(0);
  }, 60_000);
});
