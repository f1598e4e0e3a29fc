import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../base/files.js";
import type { BoxProvider } from "../build-request.js";
import { fileSum } from "../file-sum.js";
import { writeBox, type BoxEntry } from "./box-file.js";
import { convert } from "./image-program.js";
import type { MachineShape } from "./machine-shape.js";
import { OVF_DISK, OVF_FILE, ovf } from "./ovf.js";
import { vagrantfileOf } from "./vagrantfile.js";
import { VMX_DISK, VMX_FILE, vmx } from "./vmx.js";

export interface PackRequest {
  /** The disk after the recipe, QCOW2. */
  readonly disk: string;
  /** The box to be written. */
  readonly box: string;
  /** Folder for what is needed meanwhile. */
  readonly work: string;
  readonly shape: MachineShape;
  /** What the box is, as its metadata tell it under `alpine-k8s`. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** Packs the disk as a box for a provider; see docs/boxes.md for the layouts. */
export async function packBox(provider: BoxProvider, request: PackRequest): Promise<void> {
  const { work, box, signal } = request;
  await makeFolder(work);
  const image = join(work, `${provider}.disk`);
  try {
    const entries = await PACKERS[provider](request, image);
    const common: readonly BoxEntry[] = [
      { name: "metadata.json", from: { text: await metadataText(provider, request, entries) } },
      { name: "Vagrantfile", from: { text: vagrantfileOf(provider) } },
    ];
    await writeBox(box, [...common, ...entries], { signal, gzip: provider === "vmware_desktop" });
  } finally {
    await rm(image, { force: true });
  }
}

type Packer = (request: PackRequest, image: string) => Promise<readonly BoxEntry[]>;

const PACKERS: Readonly<Record<BoxProvider, Packer>> = {
  libvirt: async ({ disk, signal }, image) => {
    await convert(disk, image, ["-c", "-O", "qcow2", "-o", "compression_type=zstd"], signal);
    return [{ name: "box.img", from: { path: image } }];
  },
  virtualbox: async ({ disk, shape, signal }, image) => {
    await convert(disk, image, ["-O", "vmdk", "-o", "subformat=streamOptimized"], signal);
    return [
      { name: OVF_FILE, from: { text: ovf(shape) } },
      { name: OVF_DISK, from: { path: image } },
    ];
  },
  vmware_desktop: async ({ disk, shape, signal }, image) => {
    await convert(disk, image, ["-O", "vmdk", "-o", "subformat=monolithicSparse,adapter_type=lsilogic"], signal);
    return [
      { name: VMX_FILE, from: { text: vmx(shape) } },
      { name: VMX_DISK, from: { path: image } },
    ];
  },
};

/** With the sum of the disk, which Vagrant keeps unpacked: `box verify` compares it. */
async function metadataText(
  provider: BoxProvider,
  request: PackRequest,
  entries: readonly BoxEntry[],
): Promise<string> {
  const files: Record<string, string> = {};
  for (const { name, from } of entries)
    if ("path" in from) files[name] = await fileSum(from.path, "sha256", request.signal);
  const about = { ...request.about, files };
  return `${JSON.stringify({ ...metadata(provider, request), "alpine-k8s": about }, undefined, 2)}\n`;
}

/** libvirt's layout v1 tells format and size, GiB (vagrant-libvirt's documentation, "boxes"). */
function metadata(provider: BoxProvider, { shape }: PackRequest): Readonly<Record<string, unknown>> {
  const architecture = shape.architecture === "x86_64" ? "amd64" : "arm64";
  const layout = provider === "libvirt" ? { format: "qcow2", virtual_size: Math.ceil(shape.capacity / 1024 ** 3) } : {};
  return { provider, architecture, ...layout };
}
