import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { formatIdentity, parseIdentity } from "../../src/model/topology/identity-file.js";
import { CA_HASH, identityOf, specOf } from "./made.js";

const IDENTITY = identityOf(specOf(), { vagrantProvider: "libvirt" });
const HOSTS = identityOf(specOf("provider: hosts\nhosts: [{name: m, role: master, address: 10.0.0.1}]"), {
  kubernetesVersion: "v1.36.1+vendor",
});
const TEXT = formatIdentity(IDENTITY);

describe("identity.yaml", () => {
  it("is plain YAML", () => {
    expect(TEXT).toBe(
      `# What must not change while machines of this cluster exist. Made by alpine-k8s; do not edit.
version: alpine-k8s/identity/v1
name: demo
domain: example.com
provider: vagrant
box: alpine-3.24-containerd-kubernetes-v1.36.1
vagrantProvider: libvirt
network: 10.250.250.0/24
kubernetesVersion: v1.36.1
podSubnet: 10.244.0.0/16
serviceSubnet: 10.96.0.0/12
dnsDomain: cluster.local
podNetwork: canal
endpointName: api.demo.example.com
caHash: ${CA_HASH}
folderId: 0a1b2c3d
`,
    );
  });

  it.each([
    ["with Vagrant", IDENTITY],
    ["with hosts", HOSTS],
    ["with a box of a catalogue", { ...IDENTITY, box: "ours/kube", boxCatalog: "https://b.example.com/a.json" }],
    ["whose folder id looks like a number", { ...IDENTITY, folderId: "12345678" }],
    ["whose folder id looks like another number", { ...IDENTITY, folderId: "1234e567" }],
  ])("reads back what was written: %s", (_name, identity) => {
    expect(parseIdentity(formatIdentity(identity), "identity.yaml")).toEqual(identity);
  });

  it.each<[string, string, string]>([
    ["cut off", TEXT.slice(0, 150), "identity.yaml cannot be used:\n  provider: is missing\n"],
    ["empty", "", "identity.yaml cannot be used: it holds no names and values"],
    ["no YAML", "{", "identity.yaml cannot be used:"],
    ["words", "hello", "identity.yaml cannot be used: it holds no names and values"],
    [
      "without a version",
      TEXT.replace(/^version:.*\n/m, ""),
      "identity.yaml cannot be used: version: must be alpine-k8s/identity/v1, not nothing",
    ],
    [
      "newer",
      TEXT.replace("identity/v1", "identity/v2"),
      'identity.yaml has the format "alpine-k8s/identity/v2"; this alpine-k8s reads alpine-k8s/identity/v1',
    ],
    [
      "with a hostile name",
      TEXT.replace("name: demo", 'name: "a; rm -rf /"'),
      'identity.yaml cannot be used: name: "a; rm -rf /" is not a DNS name',
    ],
    [
      "with another pin",
      TEXT.replace(CA_HASH, "sha256:abc"),
      'identity.yaml cannot be used: caHash: "sha256:abc" is not the pin of a CA',
    ],
    ["with an unknown key", `${TEXT}extra: 1\n`, "identity.yaml cannot be used: extra: unknown key"],
  ])("is refused with the remedy when it is %s", (_name, text, message) => {
    let error: unknown;
    try {
      parseIdentity(text, "identity.yaml");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AlpineK8sError);
    if (!(error instanceof AlpineK8sError)) return;
    expect(error.message.startsWith(message.trimEnd()), error.message).toBe(true);
    expect(error.kind).toBe("usage");
    expect(error.hints.join("\n")).toMatch(/back from a backup|use the alpine-k8s that made this cluster/);
  });
});
