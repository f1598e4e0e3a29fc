import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { initDocuments, practiceImage, practiceNode, type PracticeNode } from "./support.js";

describe("kubeadm's command line and configuration", () => {
  let image: string;
  let node: PracticeNode;
  beforeAll(() => {
    image = practiceImage();
  });
  afterAll(() => {
    rmSync(image, { recursive: true });
  });
  beforeEach(async () => {
    node = await practiceNode(image);
  });
  afterEach(() => {
    node.dispose();
  });

  function validate(edit: (text: string) => string) {
    return node.run("kubeadm", ["config", "validate", "--config", initDocuments(node, edit)]);
  }

  it("says its version in every form", async () => {
    expect((await node.run("kubeadm", ["version", "-o", "short"])).stdout).toBe("v1.36.1+practice\n");
    expect((await node.run("kubeadm", ["version", "-o", "json"])).stdout).toContain('"gitVersion": "v1.36.1+practice"');
    expect((await node.run("kubeadm", ["version", "-o", "yaml"])).stdout).toContain("  gitVersion: v1.36.1+practice\n");
    expect((await node.run("kubeadm", ["version", "-o", "xml"])).stderr).toContain("invalid output format: xml");
  });

  it("lists the images of a version and a repository", async () => {
    const listed = await node.run("kubeadm", [
      "config",
      "images",
      "list",
      "--kubernetes-version",
      "v1.36.0",
      "--image-repository",
      "example.com/k",
    ]);
    expect(listed.stdout.split("\n")).toContain("example.com/k/kube-apiserver:v1.36.0");
    expect(listed.stdout).toContain("example.com/k/pause:3.10.2\n");
    expect(listed.stdout).toContain("example.com/k/coredns:v1.14.2\n");
    expect((await node.run("kubeadm", ["config", "images", "list"])).stdout).toContain(
      "registry.k8s.io/coredns/coredns:v1.14.2\n",
    );
  });

  it.each([
    [["init", "--nonsense"], "unknown flag: --nonsense"],
    [["join", "--upload-certs"], "unknown flag: --upload-certs"],
    [["reset", "-x"], "unknown shorthand flag: 'x' in -x"],
    [["frobnicate"], 'unknown command "frobnicate" for "kubeadm"'],
    [
      ["init", "--config", "/none", "--pod-network-cidr", "10.0.0.0/8"],
      "can not mix '--config' with arguments [pod-network-cidr]",
    ],
    [["init", "--config"], "flag needs an argument: --config"],
    [["init", "--config", "/none"], 'unable to read config from "/none"'],
    [["init", "phase", "certs", "all"], "invalid phase name: certs/all"],
  ])("refuses %j with exit code 1", async (args, message) => {
    const ran = await node.run("kubeadm", args);
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(1);
  });

  it("accepts a complete v1beta4 file", async () => {
    expect(await validate((text) => text)).toMatchObject({ code: 0, stdout: "ok\n" });
  });

  it.each([
    [
      "an unknown field",
      "clusterName: demo",
      "clusterNam: demo",
      'strict decoding error: unknown field "clusterNam"',
      1,
    ],
    ["an unknown field in a list", "    ttl: 2h0m0s", "    tll: 2h0m0s", 'unknown field "bootstrapTokens[0].tll"', 1],
    ["an unknown kubelet field", "cgroupDriver:", "cgroupdriver:", 'unknown field "cgroupdriver"', 1],
    ["a kind that does not exist", "kind: InitConfiguration", "kind: InitConfig", "unknown configuration APIs", 1],
    [
      "an old API version",
      "kubeadm.k8s.io/v1beta4",
      "kubeadm.k8s.io/v1beta2",
      "your configuration file uses an old API spec",
      1,
    ],
    ["a group that does not exist", "kubeadm.k8s.io/v1beta4", "kubeadm.io/v1beta4", "unknown configuration APIs", 1],
    [
      "a key given twice",
      "clusterName: demo",
      "clusterName: demo\nclusterName: other",
      'key "clusterName" already set in map',
      1,
    ],
    [
      "a map where v1beta4 has a list",
      "    - name: node-ip\n      value: 127.0.0.1",
      "    node-ip: 127.0.0.1",
      "cannot unmarshal object into Go struct field",
      1,
    ],
    [
      "a number for a string",
      "kubernetesVersion: v1.36.1",
      "kubernetesVersion: 1.36",
      "cannot unmarshal number into Go struct field",
      1,
    ],
    ["a duration without unit", "ttl: 2h0m0s", 'ttl: "2"', 'time: missing unit in duration "2"', 1],
    ["a malformed token", "abcdef.0123456789abcdef", "abcdef.short", "the bootstrap token is invalid", 3],
    ["a bad subnet", "10.244.0.0/16", "10.244.0.0/40", "networking.podSubnet: Invalid value", 3],
    ["a bad name", "master1.example.com", "Master_1", "nodeRegistration.name: Invalid value", 3],
    [
      "a bad endpoint",
      "controlPlaneEndpoint: localhost",
      "controlPlaneEndpoint: https://localhost",
      "endpoint is not valid",
      3,
    ],
    ["a bad SAN", "api.demo.example.com", "api_demo", "apiServer.certSANs: Invalid value", 3],
    ["a socket that is none", "unix:///run", "tcp:///run", 'only URL scheme "unix" is supported, got "tcp"', 3],
    ["an unknown cgroup driver", "cgroupfs", "cgroups", "option cgroupDriver specified as", 3],
    [
      "a version that is too old",
      "v1.36.1",
      "v1.34.0",
      "only supports deploying clusters with the control plane version >= 1.35.0",
      1,
    ],
  ])("refuses %s", async (_, before, after, message, code) => {
    const ran = await validate((text) => text.replace(before, after));
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(code);
  });

  it("refuses a join without a pin, and one without discovery", async () => {
    const head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n";
    const token = "discovery: {bootstrapToken: {token: abcdef.0123456789abcdef, apiServerEndpoint: 'a.b:6443'}}\n";
    const unpinned = await node.run("kubeadm", ["join", "--config", node.write("join.yaml", head + token)]);
    expect(unpinned).toMatchObject({ code: 3 });
    expect(unpinned.stderr).toContain("using token-based discovery without caCertHashes can be unsafe");
    const aimless = await node.run("kubeadm", ["join", "--config", node.write("join.yaml", head)]);
    expect(aimless.stderr).toContain("bootstrapToken or file must be set");
    const wrong = await node.run("kubeadm", ["join", "--config", initDocuments(node)]);
    expect(wrong.stderr).toContain("no JoinConfiguration found in config file");
  });
});

describe("API versions by kubeadm's version", () => {
  const v1beta3 = (text: string): string =>
    text
      .replaceAll("kubeadm.k8s.io/v1beta4", "kubeadm.k8s.io/v1beta3")
      .replace("    - name: node-ip\n      value: 127.0.0.1", "    node-ip: 127.0.0.1")
      .replace(/timeouts:\n.*\n.*\n/, "");

  it.each([
    ["v1.30.1", "v1beta3", 0, "ok"],
    ["v1.30.1", "v1beta4", 1, 'experimental API spec: "kubeadm.k8s.io/v1beta4" is not allowed'],
    ["v1.31.0", "v1beta3", 0, "deprecated API spec"],
    ["v1.31.0", "v1beta4", 0, "ok"],
    ["v1.37.0", "v1beta3", 1, "your configuration file uses an old API spec"],
    ["v1.37.0", "v1beta4", 0, "ok"],
  ])("kubeadm %s and %s", async (version, api, code, message) => {
    const image = practiceImage(version);
    const node = await practiceNode(image);
    try {
      const edit = (text: string): string => (api === "v1beta3" ? v1beta3(text) : text).replace("v1.36.1", version);
      const ran = await node.run("kubeadm", ["config", "validate", "--config", initDocuments(node, edit)]);
      expect(ran.stdout + ran.stderr).toContain(message);
      expect(ran.code).toBe(code);
    } finally {
      node.dispose();
      rmSync(image, { recursive: true });
    }
  });

  it("v1beta3 has maps of arguments, not lists", async () => {
    const image = practiceImage("v1.30.1");
    const node = await practiceNode(image);
    const edit = (text: string): string => text.replaceAll("v1beta4", "v1beta3").replace("v1.36.1", "v1.30.1");
    const ran = await node.run("kubeadm", ["config", "validate", "--config", initDocuments(node, edit)]);
    expect(ran.stderr).toContain("cannot unmarshal array into Go struct field");
    expect(ran.stderr).toContain("of type map[string]string");
    node.dispose();
    rmSync(image, { recursive: true });
  });
});
