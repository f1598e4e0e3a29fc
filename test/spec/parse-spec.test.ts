import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ownTime } from "../fakes/own-time.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { parseSpec, type SpecOverrides } from "../../src/model/spec/parse-spec.js";

const FIXTURES = new URL("fixtures/", import.meta.url);
const fixtures = (start: string) =>
  readdirSync(FIXTURES)
    .filter((name) => name.startsWith(start) && name.endsWith(".yaml"))
    .map((name) => name.replace(/\.yaml$/, ""));

function parse(text: string | undefined, overrides: SpecOverrides = {}, folderName = "demo") {
  return parseSpec({ text, source: "alpine-k8s.yaml", folderName, overrides });
}

function refusal(text: string | undefined, overrides: SpecOverrides = {}): AlpineK8sError {
  try {
    parse(text, overrides);
  } catch (error) {
    if (error instanceof AlpineK8sError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a valid spec becomes", () => {
  it.each(fixtures("valid-"))("%s", async (name) => {
    const spec = parse(readFileSync(new URL(`${name}.yaml`, FIXTURES), "utf8"));
    await expect(`${JSON.stringify(spec, undefined, 2)}\n`).toMatchFileSnapshot(`fixtures/${name}.json`);
  });
});

describe("an invalid spec is refused with exit 2 and its message", () => {
  it.each(fixtures("invalid-"))("%s", async (name) => {
    const error = refusal(readFileSync(new URL(`${name}.yaml`, FIXTURES), "utf8"));
    expect(error.kind).toBe("usage");
    expect(error.oclif.exit).toBe(2);
    expect(error.hints.join("\n")).toContain("docs/spec.md");
    // No character that a terminal would interpret.
    expect(error.message.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\u202e/u);
    await expect(`${error.message}\n`).toMatchFileSnapshot(`fixtures/${name}.txt`);
  });
});

describe("no file", () => {
  it("means all defaults", () => {
    expect(parse(undefined)).toEqual(parse(""));
    expect(parse(undefined)).toMatchObject({ name: "demo", domain: "example.com", provider: "vagrant" });
    expect(parse(undefined)).toMatchObject({
      nodes: { masters: { count: 1, cpus: 2, memory: 2048 }, minions: { count: 2, cpus: 2, memory: 2048 } },
      addons: [{ name: "canal" }, { name: "metrics-server" }, { name: "headlamp" }],
    });
  });

  it.each([
    ["My Cluster", "my-cluster"],
    ["demo", "demo"],
    ["a--b", "a--b"],
    ["..", "cluster"],
    ["", "cluster"],
    ["Größe_2", "gro-e-2"],
    ["-x-", "x"],
    ["日本", "cluster"],
    [`${"a".repeat(39)} bcd`, "a".repeat(39)],
    ["$(rm -rf /)", "rm-rf"],
  ])("names the cluster of folder %j %j", (folder, name) => {
    expect(parse(undefined, {}, folder).name).toBe(name);
    expect(parse(undefined, {}, name).name).toBe(name);
  });
});

describe("flags", () => {
  it("win over the file", () => {
    const spec = parse("metadata: {name: a}\nspec: {nodes: {minions: {count: 5, cpus: 3}}, addons: [canel]}\n", {
      name: "b",
      masters: 1,
      minions: 0,
      provider: "vagrant",
      vagrantProvider: "virtualbox",
      kubernetesVersion: "v1.30.1",
      box: "x",
      boxUrl: "x.box",
      network: "192.168.57.0/24",
      addons: ["canal"],
    });
    expect(spec).toMatchObject({
      name: "b",
      kubernetes: { version: "v1.30.1" },
      vagrant: { provider: "virtualbox", box: "x", boxUrl: "x.box", network: "192.168.57.0/24" },
      nodes: { masters: { count: 1 }, minions: { count: 0, cpus: 3 } },
      addons: [{ name: "canal" }],
    });
  });

  it.each<[string, SpecOverrides, string]>([
    [
      "too many",
      { minions: 10_000 },
      "--minions: 10000 minions do not fit: the network has addresses for 190 (.10 to .199)",
    ],
    ["too few", { masters: 0 }, "--masters: 0 is outside 1 to 7 masters"],
    [
      "an eighth master",
      { masters: 8 },
      "--masters: at most 7 masters: each is an etcd member, and etcd recommends no more",
    ],
    ["a half", { masters: 1.5 }, "--masters: must be a whole number of masters, not 1.5"],
    ["a provider", { provider: "host" }, '--provider: must be vagrant or hosts, not "host"; did you mean hosts?'],
    [
      "a Vagrant provider",
      { vagrantProvider: "kvm" },
      '--vagrant-provider: must be libvirt, virtualbox, docker, qemu, hyperv, vmware_desktop or parallels, not "kvm"',
    ],
    [
      "a version",
      { kubernetesVersion: "1.30" },
      '--kubernetes-version: "1.30" is not a version of the form vX.Y.Z; did you mean "v1.30.0"?',
    ],
    [
      "a box",
      { box: "a b" },
      "--box: \"a b\" is not a box name: letters, digits, '.', '_', '+' and '-', optionally owner/name",
    ],
    [
      "a network",
      { network: "10.0.0.0/25" },
      "--network: 10.0.0.0/25 is too small: it has 128 addresses and the nodes' places need 256 " +
        "(masters .2 to .8, the API's virtual address .9, minions .10 to .199, load balancers .200 to .249); give a /24",
    ],
    [
      "a network in the services'",
      { network: "10.100.0.0/24" },
      "--network: the cluster network 10.100.0.0/24 overlaps the services' network 10.96.0.0/12 (spec.kubernetes.serviceSubnet)",
    ],
    [
      "an add-on",
      { addons: ["canal", "metrics"] },
      "--addons: the add-on metrics is not delivered yet; there is: canal, flannel, metrics-server, headlamp, kubernetes-dashboard, heapster, kube-vip (or give a manifest of your own under this name)",
    ],
    [
      "a box URL with a login",
      { boxUrl: "https://carol:s3cret@example.com/a.json" },
      "--box-url: holds a login, which Vagrant would show in its Vagrantfile and in lists of processes; download the box by " +
        "hand (curl --user NAME --remote-name URL) and give the file's path",
    ],
    ["a hostile name", { name: "$(x)\n" }, '--name: "$(x)\\n" contains a line end or a control character'],
  ])("are checked by the same rules: %s", (_name, overrides, message) => {
    const error = refusal(undefined, overrides);
    expect(error.message).toBe(message);
    expect(error.kind).toBe("usage");
  });

  it("and file are reported together", () => {
    const error = refusal("spec:\n  domain: a b\n", { masters: 9 });
    expect(error.message).toBe(
      [
        "2 problems in the spec:",
        "--masters: at most 7 masters: each is an etcd member, and etcd recommends no more",
        'alpine-k8s.yaml:2:11: spec.domain: "a b" is not a DNS name: small letters, digits and hyphens, with a letter or digit at both ends of every part, parts of at most 63 characters with dots between them',
      ].join("\n"),
    );
  });

  it("cannot count nodes that the spec names", () => {
    const error = refusal("spec: {nodes: {list: [{name: master1, role: master}]}}\n", { minions: 3 });
    expect(error.message).toBe(
      "--minions: spec.nodes.list names every node, so a count has no meaning beside it; change the list, or take it out",
    );
  });
});

describe("large and deep input", () => {
  it.each<[string, string, string]>([
    [
      "10 000 hosts",
      `spec:\n  provider: hosts\n  hosts:\n${"    - {name: a, role: minion, address: 10.0.0.1}\n".repeat(10_000)}`,
      "alpine-k8s.yaml:3:3: spec.hosts: has 10000 entries, at most 1000 fit",
    ],
    [
      "10 000 listed nodes",
      `spec:\n  nodes:\n    list:\n${"      - {name: minion1, role: minion}\n".repeat(10_000)}`,
      "alpine-k8s.yaml:3:5: spec.nodes.list: has 10000 entries, at most 197 fit",
    ],
    ["more than 1 MiB", `# ${"x".repeat(1024 * 1024)}`, "alpine-k8s.yaml: is larger than 1 MiB"],
    ["deep lists", "[".repeat(200_000), "alpine-k8s.yaml: is nested too deeply"],
    ["deep groups", "{a: ".repeat(50_000), "alpine-k8s.yaml: is nested too deeply"],
    [
      "deep user documents",
      `spec: {kubernetes: {kubeadm: {ClusterConfiguration: ${"{a: ".repeat(100_000)}`,
      "alpine-k8s.yaml: is nested too deeply",
    ],
  ])("is refused quickly with one message: %s", (_name, text, message) => {
    expect(ownTime(() => expect(refusal(text).message).toBe(message))).toBeLessThan(10_000);
  });

  // It took two minutes, which is more than a test may.
  it("of 50 000 keys with anchors is refused", () => {
    const keys = Array.from({ length: 50_000 }, (_, index) => `k${index}: &a${index} 1`).join("\n");
    expect(refusal(keys).message).toMatch(/"&a0": anchors and aliases are not read; write the value out$/);
  });

  it("shows at most twenty problems", () => {
    const keys = Array.from({ length: 50 }, (_, index) => `nothing${index}: 1`).join("\n");
    const lines = refusal(keys).message.split("\n");
    expect(lines[0]).toBe("50 problems in the spec:");
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe("… and 30 more");
  });
});
