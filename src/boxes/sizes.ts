import { AlpineK8sError } from "../base/errors.js";
import type { BuildRequest, Provider } from "./build-request.js";
import type { ContentEntry } from "./contents.js";

/** Parts of a box, by the paths of their files; the first that fits counts. */
const PARTS: readonly (readonly [name: string, path: RegExp])[] = [
  ["kernel", /^(boot|lib\/modules|usr\/lib\/modules|lib\/firmware)\//],
  ["images", /^var\/lib\/(containerd|docker|containers)\//],
  ["kubernetes", /^usr\/bin\/(kubeadm|kubelet|kubectl|crictl)$/],
  ["runtime", /^usr\/(s?bin|libexec)\/(containerd[a-z0-9-]*|ctr|runc|dockerd|docker[a-z-]*|crio|conmon|tini-static)$/],
  ["network plugins", /^(usr\/libexec\/cni|opt\/cni)\//],
];

/** Bytes of a part of a box, before it is compressed. */
export interface Part {
  readonly part: string;
  readonly bytes: number;
}

/** The bytes of all files, by part, the largest first. */
export function partsOf(entries: readonly ContentEntry[]): readonly Part[] {
  const bytes = new Map<string, number>();
  for (const entry of entries) {
    const part = PARTS.find(([, path]) => path.test(entry.path))?.[0] ?? "system";
    bytes.set(part, (bytes.get(part) ?? 0) + entry.bytes);
  }
  return [...bytes].map(([part, sum]) => ({ part, bytes: sum })).sort((one, other) => other.bytes - one.bytes);
}

const MB = 1_000_000;
/** MB that a box may have; docs/boxes.md says how they came about. */
const BY_RUNTIME = { containerd: 200, crio: 230, docker: 260 } as const;
/** The images of a control plane, packed. */
const PRELOAD = 220;
/** VMDK is packed by deflate, QCOW2 by zstd; an image, by deflate, has no kernel, some 30 MB of a box. */
const PACKING: Readonly<Record<Provider, number>> = { libvirt: 1, virtualbox: 1.1, vmware_desktop: 1.1, docker: 0.95 };

/** Bytes that the box may have. */
export function budgetOf(provider: Provider, { runtime, preload }: Pick<BuildRequest, "runtime" | "preload">): number {
  return Math.round((BY_RUNTIME[runtime] + (preload ? PRELOAD : 0)) * PACKING[provider]) * MB;
}

/** Throws `node` for a box that has more than its budget. */
export function refuseTooLarge(name: string, bytes: number, budget: number, parts: readonly Part[]): void {
  if (bytes <= budget) return;
  const largest = parts.map(({ part, bytes: all }) => `${part} ${megabytes(all)}`).join(", ");
  throw new AlpineK8sError("node", `${name} has ${megabytes(bytes)}, its budget is ${megabytes(budget)}`, {
    hints: [
      `its parts, unpacked: ${largest}`,
      `a larger one all the same: alpine-k8s box build --max-size ${Math.ceil(bytes / MB)}`,
    ],
  });
}

/** `187 MB`: millions of bytes, as the budget is. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}
