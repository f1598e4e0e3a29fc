import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { imageName, refuseImpossible, type BuildRequest } from "../../src/boxes/build-request.js";
import { readContents, type ContentEntry } from "../../src/boxes/contents.js";
import { packImage } from "../../src/boxes/pack/image-archive.js";
import { writeRoot } from "../../src/boxes/root-archive.js";
import { differences, unpackImage } from "../stories/support/image-archive.js";
import { builtBoxText } from "../../src/cli/text/box.js";
import { imageReference } from "../../src/model/spec/formats.js";

const { signal } = new AbortController();
const LONG = `usr/share/${"long/".repeat(30)}name`;
const REQUEST: BuildRequest = {
  ...{ alpine: "3.24", kubernetes: "v1.36.1", runtime: "containerd", architecture: "x86_64", preload: false },
  providers: ["docker"],
};

const TEXTS: Readonly<Record<string, string>> = {
  ".profile": "hidden",
  "boot/vmlinuz-virt": "kernel",
  "etc/fstab": "/dev/vda2 / ext4 rw 0 1\n",
  "etc/inittab":
    "::sysinit:/sbin/openrc sysinit\ntty1::respawn:/sbin/getty 38400 tty1\n::shutdown:/sbin/openrc shutdown\n",
  "etc/network/interfaces": "auto eth0\niface eth0 inet dhcp\n",
  "etc/rc.conf": 'rc_parallel="NO"',
  "etc/secret": "",
  "lib/modules/6.18/a.ko": "module",
  "lib/rc/sh": "rc",
  "tmp/left": "left",
  "usr/bin/kubelet": "kubelet".repeat(500_000),
  [LONG]: "long",
};

// tar-stream takes a mode of 0 for none; only root can read such a file.
const SECRET_MODE = process.getuid?.() === 0 ? 0 : 0o400;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-image-"));
});

/** A tree with these files, and what trees have besides. */
function makeTree(root: string): void {
  for (const [path, text] of Object.entries(TEXTS)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  chmodSync(join(root, "usr/bin/kubelet"), 0o4755);
  chmodSync(join(root, "etc/secret"), SECRET_MODE);
  for (const level of ["boot", "default"]) mkdirSync(join(root, "etc/runlevels", level), { recursive: true });
  for (const service of ["boot/modules", "boot/networking", "default/chronyd", "default/sshd"])
    symlinkSync(`/etc/init.d/${service.split("/")[1] ?? ""}`, join(root, "etc/runlevels", service));
  linkSync(join(root, "usr/bin/kubelet"), join(root, "usr/bin/another"));
  symlinkSync("/usr/bin/kubelet", join(root, "usr/bin/zelda"));
  mkdirSync(join(root, "proc"));
}

/** The tree as a machine leaves it on its disk, written at this time and in this order, of which there is no rule. */
function onDisk(name: string, mtime = "2026-01-01", order: "sort" | "sort -r" = "sort -r"): string {
  const [root, archive] = [join(folder, name), join(folder, `${name}.tar`)];
  mkdirSync(root);
  makeTree(root);
  const list = execFileSync("sh", ["-c", `cd "$1" && find . | LC_ALL=C ${order}`, "sh", root]);
  const words = ["-C", root, `--mtime=${mtime}`, "-cf", archive, "--no-recursion", "--verbatim-files-from", "-T", "-"];
  execFileSync("tar", words, { input: list });
  truncateSync(archive, 16 * 1024 * 1024);
  return archive;
}

async function imageOf(name: string, archive: string, request = REQUEST): Promise<string> {
  const { entries } = await readContents(archive, signal);
  const [root, file] = [join(folder, `${name}.zst`), join(folder, `${name}-image.tar`)];
  await writeRoot({ path: archive, count: entries.length }, root, signal);
  await packImage({
    ...{ root, file, work: join(folder, "work"), name: imageName(request), architecture: request.architecture },
    ...{ labels: { "alpine-k8s.kubernetes": request.kubernetes }, signal },
  });
  return file;
}

interface Unpacked {
  readonly names: readonly string[];
  readonly json: (name: string) => Record<string, unknown>;
  readonly bytes: (name: string) => Buffer;
}

function unpacked(archive: string): Unpacked {
  const to = `${archive}.unpacked`;
  mkdirSync(to);
  execFileSync("tar", ["-xf", archive, "-C", to]);
  const names = execFileSync("tar", ["-tf", archive], { encoding: "utf8" }).trim().split("\n");
  const bytes = (name: string): Buffer => readFileSync(join(to, name));
  return { names, bytes, json: (name) => JSON.parse(bytes(name).toString("utf8")) as Record<string, unknown> };
}

const digest = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const placeOf = (of: string): string => `blobs/${of.replace(":", "/")}`;

describe("the image for docker", () => {
  let image: Unpacked;
  let layer: Buffer;
  let manifest: { config: { digest: string; size: number }; layers: { digest: string; size: number }[] };
  let layerFile: string;
  let inLayer: ReadonlyMap<string, ContentEntry>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "alpine-k8s-image-"));
    image = unpacked(await imageOf("a", onDisk("a")));
    const index = image.json("index.json") as { manifests: { digest: string }[] };
    manifest = image.json(placeOf(index.manifests[0]?.digest ?? "")) as unknown as typeof manifest;
    layer = gunzipSync(image.bytes(placeOf(manifest.layers[0]?.digest ?? "")));
    layerFile = join(folder, "layer.tar");
    writeFileSync(layerFile, layer);
    const { entries } = await readContents(layerFile, signal);
    inLayer = new Map(entries.map((entry) => [entry.path, entry]));
  });

  it("is an OCI layout whose digests and sizes are those of its blobs", () => {
    expect(image.json("oci-layout")).toEqual({ imageLayoutVersion: "1.0.0" });
    const blobs = image.names.filter((name) => name.startsWith("blobs/sha256/"));
    expect(blobs).toHaveLength(3);
    for (const name of blobs) expect(placeOf(digest(image.bytes(name)))).toBe(name);
    const sizes = [manifest.config, ...manifest.layers];
    expect(sizes.map(({ digest: one }) => image.bytes(placeOf(one)).length)).toEqual(sizes.map(({ size }) => size));
  });

  it("is what older versions of Docker load, under the name that the spec takes", () => {
    expect(image.json("manifest.json")).toEqual([
      {
        Config: placeOf(manifest.config.digest),
        RepoTags: ["localhost/alpine-k8s:alpine-3.24-containerd-kubernetes-v1.36.1"],
        Layers: [placeOf(manifest.layers[0]?.digest ?? "")],
      },
    ]);
    expect(imageReference.validate(imageName(REQUEST))).toBeUndefined();
  });

  it("starts an init, as the Vagrantfile does, and says what is in it", () => {
    expect(image.json(placeOf(manifest.config.digest))).toMatchObject({
      ...{ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digest(layer)] } },
      config: {
        ...{ Cmd: ["/sbin/init"], StopSignal: "SIGUSR2", Volumes: { "/var": {} } },
        Labels: { "alpine-k8s.kubernetes": "v1.36.1" },
      },
    });
  });

  it("has the tree with its modes and links, also names that a plain header does not hold", () => {
    expect(inLayer.get(".profile")).toMatchObject({ bytes: 6 });
    expect(inLayer.get(LONG)).toMatchObject({ bytes: 4 });
    expect(inLayer.get("etc/secret")).toMatchObject({ mode: SECRET_MODE });
    const sha256 = createHash("sha256")
      .update(TEXTS["usr/bin/kubelet"] ?? "")
      .digest("hex");
    expect(inLayer.get("usr/bin/another")).toMatchObject({ type: "file", mode: 0o4755, sha256 });
    expect(inLayer.get("usr/bin/kubelet")).toMatchObject({ type: "link", target: "usr/bin/another" });
    expect(inLayer.get("usr/bin/zelda")).toMatchObject({ type: "symlink", target: "/usr/bin/kubelet" });
  });

  it("has nothing that the computer itself does", () => {
    const gone = ["boot", "lib/modules", "tmp/left", "etc/runlevels/boot/modules", "etc/runlevels/default/chronyd"];
    expect(gone.filter((path) => inLayer.has(path))).toEqual([]);
    const kept = ["tmp", "proc", "lib/rc/sh", "etc/runlevels/boot/networking", "etc/runlevels/default/sshd"];
    expect(kept.filter((path) => !inLayer.has(path))).toEqual([]);
  });

  it("mounts nothing, has no getty, leaves eth0 to Docker, and tells OpenRC where it is", () => {
    const text = (path: string): string => execFileSync("tar", ["-xOf", layerFile, path], { encoding: "utf8" });
    expect(text("etc/fstab")).toBe("# Docker mounts everything.\n");
    expect(text("etc/inittab")).toBe("::sysinit:/sbin/openrc sysinit\n::shutdown:/sbin/openrc shutdown\n");
    expect(text("etc/network/interfaces")).toBe("# Docker sets the interfaces up.\n");
    expect(text("etc/rc.conf")).toBe('rc_parallel="NO"\nrc_sys="docker"\nrc_controller_cgroups="NO"\n');
  });
});

it("holds against the list of contents, as the story of boxes compares them", async () => {
  const archive = onDisk("b");
  const image = await unpackImage(await imageOf("b", archive), join(folder, "b-image"));
  expect(image).toMatchObject({ wrong: [], config: { rootfs: { diff_ids: [image.diffId] } } });
  const { entries } = await readContents(archive, signal);
  expect(differences(entries, image.entries)).toEqual([]);
  const changed = entries.map((entry) => (entry.path === ".profile" ? { ...entry, sha256: "other" } : entry));
  expect(differences(changed, image.entries)).toHaveLength(1);
  expect(differences(entries, image.entries.slice(1))).toHaveLength(1);
  expect(
    differences(
      entries.filter(({ path }) => path !== "tmp"),
      image.entries,
    ),
  ).toEqual(["tmp is only in the image"]);
});

it("the same tree gives the same bytes, in whatever order and at whatever time it was written", async () => {
  const one = await imageOf("one", onDisk("one"));
  const two = await imageOf("two", onDisk("two", "2001-01-01", "sort"));
  expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
});

it("an image of another processor says so", async () => {
  const image = unpacked(await imageOf("arm", onDisk("arm"), { ...REQUEST, architecture: "aarch64" }));
  const [{ Config }] = image.json("manifest.json") as unknown as [{ Config: string }];
  expect(image.json(Config)).toMatchObject({ architecture: "arm64" });
});

it("half an archive leaves no image and no tree", async () => {
  const archive = onDisk("half");
  const { entries } = await readContents(archive, signal);
  truncateSync(archive, 1024 * 1024);
  const root = join(folder, "half.zst");
  await expect(writeRoot({ path: archive, count: entries.length }, root, signal)).rejects.toMatchObject({
    kind: "node",
  });
  writeFileSync(root, "no archive");
  const file = join(folder, "half-image.tar");
  const request = { root, file, work: join(folder, "work"), name: "a:b", labels: {}, signal };
  await expect(packImage({ ...request, architecture: "x86_64" })).rejects.toMatchObject({
    ...{ kind: "node", message: expect.stringContaining(`the tree of the box, ${root}, cannot be read: `) as string },
    hints: [`build it again: rm '${root}', then alpine-k8s box build`],
  });
  expect(readdirSync(folder).filter((name) => /\.new$|-image/.test(name))).toEqual([]);
  expect(readdirSync(join(folder, "work"))).toEqual([]);
});

it("a file that only has another name outside of a container is told", async () => {
  const root = join(folder, "linked");
  mkdirSync(root);
  makeTree(root);
  linkSync(join(root, "boot/vmlinuz-virt"), join(root, "kernel"));
  const archive = join(folder, "linked.tar");
  execFileSync("tar", ["-C", root, "-cf", archive, "."]);
  await expect(imageOf("linked", archive)).rejects.toMatchObject({
    message:
      "no image can be made of this tree: kernel is another name of boot/vmlinuz-virt, which a container does not have",
  });
});

it("images in an image are refused", () => {
  expect(() => refuseImpossible({ ...REQUEST, preload: true })).toThrow(
    "no image with preloaded images can be built for docker",
  );
});

it("is told with what gives it to Docker, and what uses it; without a catalogue when there is no box", () => {
  const image = imageName(REQUEST);
  const built = {
    ...{
      ...REQUEST,
      name: "demo",
      version: "20261130.5.0",
      base: { place: "/alpine.qcow2", sha512: "a" },
      recipe: "b",
    },
    ...{ contents: "c", parts: [], catalogue: null, added: false },
    boxes: [{ provider: "docker", file: "/boxes/docker-image.tar", bytes: 150_000_000, sha256: "d", image }] as const,
  };
  const lines = builtBoxText(built).split("\n");
  expect(lines.slice(-3)).toEqual([
    "Give the image to Docker, and name it in a new folder:",
    "  docker load --input '/boxes/docker-image.tar'",
    `  alpine-k8s up --vagrant-provider docker --image ${image}`,
  ]);
  expect(lines.join("\n")).not.toContain("vagrant box add");
});
