import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { initFolder, specTemplate } from "../../src/operations/folder/init.js";
import type { ClusterSpec } from "../../src/model/spec/cluster-spec.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { identityDifferences } from "../../src/model/topology/compare-identity.js";
import { formatIdentity } from "../../src/model/topology/identity-file.js";
import { resolveIdentity } from "../../src/model/topology/resolve-identity.js";
import type { Identity } from "../../src/model/topology/topology.js";

const parse = (text: string | undefined, folderName = "demo"): ClusterSpec =>
  parseSpec({ text, source: "alpine-k8s.yaml", folderName, overrides: {} });

/** Uncomments all settings: removes each "#" directly before a letter. */
const allIn = (text: string): string => text.replace(/^( *)#(?=[A-Za-z])/gm, "$1");

const plain = { name: "demo", named: false, identity: undefined };
const OTHER: Partial<ClusterSpec> = { domain: "other.test" };

function identityOf(changes: Partial<ClusterSpec> = OTHER): Identity {
  const spec = { ...parse(undefined), ...changes };
  return resolveIdentity(spec, { caHash: `sha256:${"0".repeat(64)}`, folderId: "0a1b2c3d", vagrantProvider: "qemu" });
}

describe("a new alpine-k8s.yaml", () => {
  it("for Vagrant is the golden file and means the defaults", async () => {
    const text = specTemplate({ ...plain, provider: "vagrant" });
    await expect(text).toMatchFileSnapshot("../golden/init/vagrant.yaml");
    expect(parse(text)).toEqual(parse(undefined));
  });

  it("for hosts is the golden file, and means the defaults but for the hosts", async () => {
    const text = specTemplate({ ...plain, provider: "hosts" });
    await expect(text).toMatchFileSnapshot("../golden/init/hosts.yaml");
    const { hosts, ...rest } = parse(text);
    expect({ ...rest, provider: "vagrant", hosts: [] }).toEqual(parse(undefined));
    expect(hosts.map(({ name, role }) => `${name} ${role}`)).toEqual(["master1 master", "minion1 minion"]);
  });

  it.each(["vagrant", "hosts"] as const)(
    "for %s tells the defaults truly: with every setting put in it loads",
    (provider) => {
      const text = specTemplate({ ...plain, provider });
      const spec = parse(allIn(text), "elsewhere");
      const kubernetes = { ...spec.kubernetes, version: undefined };
      const vagrant = { ...spec.vagrant, provider: undefined, network: undefined };
      expect({ ...spec, kubernetes, vagrant }).toEqual(parse(text));
      expect(spec.kubernetes.version).toBe("v1.36.1");
      if (provider === "vagrant")
        expect(spec.vagrant).toMatchObject({ provider: "libvirt", network: "10.250.250.0/24" });
    },
  );

  it("says a name that was given", () => {
    const text = specTemplate({ ...plain, name: "other", named: true, provider: "vagrant" });
    expect(parse(text).name).toBe("other");
  });

  it("for a cluster that exists says what it was made with", () => {
    const identity = identityOf();
    const spec = parse(specTemplate({ ...plain, provider: "vagrant", identity }));
    expect(spec).toMatchObject({ domain: "other.test", vagrant: { provider: "qemu" } });
    expect(identityDifferences(spec, identity)).toEqual([]);
  });
});

describe("init", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "alpine-k8s-init-"));
  });
  const file = (): string => join(folder, "alpine-k8s.yaml");

  it("writes the file, and nothing else stays", async () => {
    const summary = await initFolder({ folder, name: "demo" });
    expect(summary).toEqual({
      ...{ file: file(), cluster: "demo", provider: "vagrant" },
      next: ["alpine-k8s config validate", "alpine-k8s up"],
    });
    expect(await readdir(folder)).toEqual(["alpine-k8s.yaml"]);
    expect(parse(await readFile(file(), "utf8"), "elsewhere").name).toBe("demo");
  });

  it("never touches a file, or a link to nowhere, of that name", async () => {
    await writeFile(file(), "mine");
    await expect(initFolder({ folder })).rejects.toMatchObject({
      ...{ kind: "usage", message: `${file()} is there already and was left as it is` },
    });
    expect(await readFile(file(), "utf8")).toBe("mine");
    const linked = await mkdtemp(join(tmpdir(), "alpine-k8s-init-"));
    await symlink("nowhere", join(linked, "alpine-k8s.yaml"));
    await expect(initFolder({ folder: linked })).rejects.toMatchObject({ kind: "usage" });
    expect(await readdir(linked)).toEqual(["alpine-k8s.yaml"]);
  });

  it("of two at once, one writes", async () => {
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => initFolder({ folder })));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("refuses a name that no cluster can have, as the flag's", async () => {
    await expect(initFolder({ folder, name: "A_b" })).rejects.toMatchObject({
      message: expect.stringMatching(/^--name: "A_b" is not a DNS name/) as string,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("refuses what contradicts the folder's cluster, and takes over what it pins", async () => {
    const identity = identityOf();
    await mkdir(join(folder, ".alpine-k8s"));
    await writeFile(join(folder, ".alpine-k8s/identity.yaml"), formatIdentity(identity));
    await expect(initFolder({ folder, provider: "hosts" })).rejects.toMatchObject({ kind: "conflict" });
    expect((await initFolder({ folder })).cluster).toBe("demo");
    expect(parse(await readFile(file(), "utf8")).domain).toBe("other.test");
  });
});
