import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { hostLine, readGivenSpec, storySpec } from "../stories/support/given/spec.js";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-given-"));
  file = join(folder, "lab.yaml");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function given(text: string) {
  await writeFile(file, `apiVersion: alpine-k8s/v1\nkind: Cluster\nspec:\n${text}`);
  return readGivenSpec(file);
}

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExample00";

const LAB = `  domain: lab.test
  kubernetes: { version: "v1.36.1", podSubnet: 10.50.0.0/16 }
  proxy: { http: "http://proxy.lab.test:3128" }
  provider: hosts
  hosts:
    - { name: alpha, role: master, address: 203.0.113.7, identityFile: keys/lab }
    - { name: beta, role: minion, address: 203.0.113.8, user: alpine, identityFile: ~/.ssh/lab }
  addons: [{ name: canal, manifest: net/own.yaml }]
`;

describe("the spec of given machines", () => {
  it("is read with its files as absolute paths", async () => {
    const { hosts, addons } = await given(LAB);
    expect(hosts.map(({ identityFile }) => identityFile)).toEqual([
      join(folder, "keys/lab"),
      join(homedir(), ".ssh/lab"),
    ]);
    expect(addons).toEqual([{ name: "canal", manifest: join(folder, "net/own.yaml") }]);
  });

  it("is refused for another provider, and when it is not there", async () => {
    await expect(given("  provider: vagrant\n")).rejects.toThrow(
      `${file}: the provider is vagrant; stories run on machines that exist`,
    );
    expect(() => readGivenSpec(join(folder, "none.yaml"))).toThrow(/the spec cannot be read: ENOENT.*none\.yaml/);
  });

  it("gives each story its own: another name and its machines, all else as it is", async () => {
    const lab = await given(LAB);
    const machine = { port: 22, user: "root", become: "auto", key: "/a key" };
    const text = storySpec(
      lab,
      "power",
      [
        { ...machine, name: "master1", role: "master", address: "203.0.113.7", privateAddress: "10.0.0.7" },
        { ...machine, name: "minion1", role: "minion", address: "203.0.113.8", hostKey: HOST_KEY },
      ],
      "  kubectl: { mirror: https://mirror.lab.test }\n",
    );
    const spec = parseSpec({ text, source: "power.yaml", folderName: "power", overrides: {} });
    const more = { name: "power", hosts: spec.hosts, kubectl: { mirror: "https://mirror.lab.test" } };
    expect(spec).toEqual({ ...lab, ...more });
    expect(spec.hosts).toMatchObject([
      { name: "master1", role: "master", address: "203.0.113.7", privateAddress: "10.0.0.7", identityFile: "/a key" },
      { name: "minion1", role: "minion", address: "203.0.113.8", hostKey: HOST_KEY },
    ]);
  });

  it("has each machine on a line, as add-node would write it", () => {
    const login = { name: "minion1", role: "minion", address: "203.0.113.8", port: 22, user: "root" } as const;
    expect(hostLine({ ...login, key: "/keys/lab" })).toBe(
      "{ name: minion1, role: minion, address: 203.0.113.8, port: 22, user: root, identityFile: /keys/lab }",
    );
    expect(hostLine({ ...login, privateAddress: undefined })).not.toContain("undefined");
  });
});
