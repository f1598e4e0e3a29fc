import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alpineImage, ALPINE_MIRROR } from "../../src/boxes/alpine-image.js";
import { boxVersion, buildKey, readRecord } from "../../src/boxes/build-record.js";
import { imageName, nameOf, refuseImpossible } from "../../src/boxes/build-request.js";
import { readRecipe } from "../../src/boxes/recipe.js";
import { boxRequest, type TypedBox } from "../../src/operations/box/request.js";

const TYPED: TypedBox = {
  ...{ alpine: "3.24", kubernetes: "v1.36.1", runtime: "containerd", provider: "libvirt", architecture: "x86_64" },
  ...{ preload: false, base: undefined, recipe: undefined, add: true },
};

describe("box build as it is typed", () => {
  it("has one box by default, with a budget", () => {
    expect(boxRequest(TYPED)).toEqual({
      request: {
        ...{ alpine: "3.24", kubernetes: "v1.36.1", runtime: "containerd", architecture: "x86_64" },
        ...{ providers: ["libvirt"], preload: false },
      },
      ...{ base: undefined, key: undefined, mirror: undefined, recipe: undefined, maxBytes: undefined, add: true },
    });
    expect(nameOf(boxRequest(TYPED).request)).toBe("alpine-3.24-containerd-kubernetes-v1.36.1");
  });

  it("takes several providers, each once", () => {
    const { request, maxBytes } = boxRequest({ ...TYPED, provider: "libvirt, virtualbox,libvirt", maxSize: 300 });
    expect([request.providers, maxBytes]).toEqual([["libvirt", "virtualbox"], 300_000_000]);
  });

  it("takes docker, whose nodes start from an image with a name that tells the version", () => {
    const { request } = boxRequest({ ...TYPED, provider: "libvirt,docker" });
    expect(request.providers).toEqual(["libvirt", "docker"]);
    expect(imageName(request)).toBe("localhost/alpine-k8s:alpine-3.24-containerd-kubernetes-v1.36.1");
  });

  it.each<[Partial<TypedBox>, string]>([
    [{ alpine: "edge" }, '--alpine "edge": a release is wanted, such as 3.24'],
    [{ kubernetes: "1.36" }, '--kubernetes "1.36": '],
    [{ kubernetes: "v1.19.0" }, '--kubernetes "v1.19.0": '],
    [{ mirror: "ftp://x" }, '--mirror "ftp://x": a URL is wanted, such as https://mirror.example.com/alpine'],
    [{ mirror: "https://x/$(id)" }, "--mirror"],
    [
      { mirror: "https://ann:geheim@mirror.example.com/alpine" },
      '--mirror "https://***@mirror.example.com/alpine": its login would stand in the box',
    ],
    [{ mirror: "https://ann:geheim@mirror.example.com/al pine" }, '--mirror "https://***@mirror.example.com/al pine"'],
    [{ sha512: "a" }, "--sha512: it is the sum of an image that --base names"],
    [
      { provider: "qemu" },
      'no box can be built for "qemu": no provider has this name; there are libvirt, virtualbox, vmware_desktop, docker',
    ],
    [{ provider: "parallels" }, 'no box can be built for "parallels": a disk in its format'],
    [{ provider: "libvirt,hyperv" }, 'no box can be built for "hyperv": its boxes hold a machine\'s description'],
    [{ provider: "" }, 'no box can be built for "": no provider has this name'],
  ])("with %j is refused", (change, words) => {
    const ask = (): unknown => boxRequest({ ...TYPED, ...change });
    expect(ask).toThrow(words);
    expect(ask).toThrow(expect.objectContaining({ kind: "usage" }) as Error);
  });

  it("that Alpine's packages cannot give is refused with the nearest", () => {
    const refuse = (): void => refuseImpossible({ ...boxRequest(TYPED).request, kubernetes: "v1.31.5" });
    expect(refuse).toThrow("this box cannot be built: Alpine 3.24 has no packages of Kubernetes 1.31, only of v1.36.1");
    expect(refuse).toThrow(
      expect.objectContaining({
        hints: [
          "the nearest has containerd: alpine-k8s box build --alpine 3.21 --kubernetes v1.31.5",
          "alpine-k8s versions",
        ],
      }) as Error,
    );
  });
});

describe("Alpine's image", () => {
  it("has the name that was seen", () => {
    expect(alpineImage("3.24", "x86_64", ALPINE_MIRROR)).toBe(
      "https://dl-cdn.alpinelinux.org/alpine/v3.24/releases/cloud/nocloud_alpine-3.24.1-x86_64-bios-tiny-r0.qcow2",
    );
    expect(alpineImage("3.23", "aarch64", "https://m/alpine/")).toBe(
      "https://m/alpine/v3.23/releases/cloud/nocloud_alpine-3.23.4-aarch64-uefi-tiny-r0.qcow2",
    );
  });

  it("of a release that was not seen has to be given", () => {
    expect(() => alpineImage("3.25", "x86_64", ALPINE_MIRROR)).toThrow(
      "the name of the cloud image of Alpine 3.25 is not known here",
    );
  });
});

describe("a build's key", () => {
  const inputs = {
    ...({
      alpine: "3.24",
      kubernetes: "v1.36.1",
      runtime: "containerd",
      architecture: "x86_64",
      preload: false,
    } as const),
    ...{ sha512: "a", recipe: "b" },
  };

  it("is the same for the same inputs, and another one when any of them changes", () => {
    const changes = [
      { alpine: "3.23" },
      { preload: true },
      { sha512: "c" },
      { recipe: "c" },
      { runtime: "crio" as const },
    ];
    const keys = [inputs, ...changes.map((change) => ({ ...inputs, ...change }))].map(buildKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(buildKey({ ...inputs })).toBe(keys[0]);
  });

  it("counts what the recipe says", async () => {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-recipe-"));
    await writeFile(join(folder, "20-b.sh"), "b");
    await writeFile(join(folder, "10-a.sh"), "a");
    await writeFile(join(folder, "README.md"), "");
    const before = await readRecipe(folder);
    expect(before.scripts).toEqual([
      { name: "10-a.sh", text: "a" },
      { name: "20-b.sh", text: "b" },
    ]);
    await writeFile(join(folder, "20-b.sh"), "c");
    expect((await readRecipe(folder)).sum).not.toBe(before.sum);
  });

  it("needs a recipe", async () => {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-recipe-"));
    await expect(readRecipe(folder)).rejects.toThrow(
      `the recipe ${folder} cannot be used: there is no script (*.sh) in it`,
    );
    await expect(readRecipe(join(folder, "gone"))).rejects.toThrow("ENOENT");
  });
});

describe("a box's record", () => {
  it("has a version that Vagrant counts, of day and time", () => {
    expect(boxVersion(Date.parse("2026-11-30T00:05:59Z"))).toBe("20261130.5.0");
    expect(boxVersion(Date.parse("2026-11-30T12:15:00Z"))).toBe("20261130.1215.0");
  });

  it("that is not whole counts as none", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "alpine-k8s-record-")), "record.json");
    expect(await readRecord(path)).toBeUndefined();
    await writeFile(path, '{"name": "demo", "bo');
    expect(await readRecord(path)).toBeUndefined();
  });
});
