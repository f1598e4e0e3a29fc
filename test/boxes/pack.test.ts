import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { capacityOf } from "../../src/boxes/pack/image-program.js";
import { packBox } from "../../src/boxes/pack/pack-box.js";
import { BOX_PROVIDERS, type BoxProvider } from "../../src/boxes/build-request.js";
import { catalogueJson } from "../../src/boxes/catalogue-file.js";

const { signal } = new AbortController();
let folder: string;
let disk: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-pack-"));
  disk = join(folder, "disk.qcow2");
  // Some blocks that differ, at both ends and between.
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", disk, "3G"]);
  for (const [pattern, at] of [
    [1, "0"],
    [2, "1G"],
    [3, "3071M"],
  ] as const)
    execFileSync("qemu-io", ["-c", `write -P ${pattern} ${at} 1M`, disk]);
});

/** The box unpacked by tar: the folder. */
async function packed(provider: BoxProvider): Promise<string> {
  const box = join(folder, `${provider}.box`);
  await packBox(provider, {
    ...{ disk, box, work: join(folder, "work"), signal, about: { name: "demo", contents: "abc" } },
    shape: { name: "demo", architecture: "x86_64", capacity: await capacityOf(disk, signal), cpus: 2, memory: 2048 },
  });
  const to = join(folder, provider);
  execFileSync("sh", ["-c", 'mkdir "$1" && tar -xf "$2" -C "$1"', "sh", to, box]);
  return to;
}

const FILES: Readonly<
  Record<BoxProvider, { readonly disk: string; readonly format: string; readonly all: readonly string[] }>
> = {
  libvirt: { disk: "box.img", format: "qcow2", all: ["Vagrantfile", "box.img", "metadata.json"] },
  virtualbox: {
    disk: "box-disk001.vmdk",
    format: "vmdk",
    all: ["Vagrantfile", "box-disk001.vmdk", "box.ovf", "metadata.json"],
  },
  vmware_desktop: { disk: "disk.vmdk", format: "vmdk", all: ["Vagrantfile", "box.vmx", "disk.vmdk", "metadata.json"] },
};

describe.each(BOX_PROVIDERS)("the box for %s", (provider) => {
  let box: string;
  beforeAll(async () => {
    box = await packed(provider);
  });

  it("has the provider's files, and the golden texts", async () => {
    const { all, disk: name } = FILES[provider];
    expect(readdirSync(box).sort()).toEqual([...all].sort());
    for (const file of all.filter((one) => one !== name)) {
      const golden = `../golden/boxes/${provider}/${file}`;
      // A VMDK has a random number in it, so that its sum differs from build to build.
      const text = readFileSync(join(box, file), "utf8").replace(/"[0-9a-f]{64}"/g, '"SUM"');
      await expect(text).toMatchFileSnapshot(golden);
    }
  });

  it("has the same disk, block by block", () => {
    const { disk: name, format } = FILES[provider];
    const compared = execFileSync("qemu-img", ["compare", "-f", "qcow2", "-F", format, disk, join(box, name)], {
      encoding: "utf8",
    });
    expect(compared).toBe("Images are identical.\n");
  });
});

it("the subformat of VirtualBox' disk is the one that OVF names", () => {
  const path = join(folder, "virtualbox", "box-disk001.vmdk");
  const info = execFileSync("qemu-img", ["info", "--output=json", path], { encoding: "utf8" });
  expect(JSON.parse(info)).toMatchObject({
    ...{ "virtual-size": 3 * 1024 ** 3, "format-specific": { data: { "create-type": "streamOptimized" } } },
  });
});

it("a box that cannot be packed leaves nothing", async () => {
  const box = join(folder, "broken.box");
  const shape = { name: "demo", architecture: "x86_64", capacity: 1, cpus: 2, memory: 2048 } as const;
  const request = { disk: join(folder, "gone"), box, work: join(folder, "work"), signal, about: {}, shape };
  await expect(packBox("libvirt", request)).rejects.toThrow(/^qemu-img convert failed \(1\): /);
  expect(readdirSync(folder).filter((name) => name.includes("broken"))).toEqual([]);
  expect(readdirSync(join(folder, "work"))).toEqual([]);
});

it("the catalogue has what Vagrant reads", () => {
  const boxes = [{ provider: "libvirt", url: "/boxes/libvirt.box", sha256: "a".repeat(64) }] as const;
  const text = catalogueJson("demo", "Alpine", [{ version: "20261130.1215.0", architecture: "aarch64", boxes }]);
  expect(JSON.parse(text)).toEqual({
    ...{ name: "demo", description: "Alpine" },
    versions: [
      {
        version: "20261130.1215.0",
        providers: [
          {
            ...{ name: "libvirt", url: "/boxes/libvirt.box", checksum_type: "sha256", checksum: "a".repeat(64) },
            ...{ architecture: "arm64", default_architecture: true },
          },
        ],
      },
    ],
  });
});
