import type { Dice } from "../spec/random-spec.js";

type Scalar = string | boolean | number | readonly string[];
type Table = { [key: string]: Scalar | Table };

/** A file of containerd's, in the form that containerd writes, and what has to be in it in the end. */
export interface Config {
  readonly text: string;
  /** The sandbox image that kubeadm wants. */
  readonly image: string;
  /** The engine of a node that is a container; empty on a machine. */
  readonly container: string;
  readonly wanted: Table;
}

interface Section {
  readonly path: readonly string[];
  readonly keys: readonly (readonly [string, Scalar])[];
}

const OLD = ["plugins", "io.containerd.grpc.v1.cri"];
const IMAGES = ["plugins", "io.containerd.cri.v1.images"];
const RUNTIME = ["plugins", "io.containerd.cri.v1.runtime"];
const CRI_NAMES = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "cri"];

export function anyConfig(dice: Dice): Config {
  const version = dice.one([2, 3]);
  const sections = [top(dice, version), ...dice.shuffled(version === 2 ? oldSections(dice) : newSections(dice))];
  const image = dice.one(["registry.k8s.io/pause:3.9", "registry.example.com:5000/k8s/pause:3.10.1"]);
  const container = dice.one(["", "docker"]);
  const [cri, key, runtime] =
    version === 2 ? [OLD, "sandbox_image", OLD] : [[...IMAGES, "pinned_images"], "sandbox", RUNTIME];
  const wanted = asNeeded(dataOf(sections)) as Table;
  put(wanted, cri, key, image);
  if (container !== "") put(wanted, runtime, "restrict_oom_score_adj", true);
  return { text: textOf(dice, sections), image, container, wanted };
}

function some(dice: Dice, ...keys: (readonly [string, Scalar])[]): (readonly [string, Scalar])[] {
  return dice.shuffled(keys.filter(() => dice.often(0.6)));
}

function top(dice: Dice, version: number): Section {
  const disabled = dice.shuffled(
    [...CRI_NAMES, "io.containerd.snapshotter.v1.btrfs", "cri-o"].filter(() => dice.often(0.3)),
  );
  const others = some(
    dice,
    ["root", "/var/lib/containerd"],
    ["oom_score", -999],
    ["imports", ["/etc/containerd/conf.d/*.toml"]],
  );
  return { path: [], keys: [["version", version], ...others, ...some(dice, ["disabled_plugins", disabled])] };
}

function oldSections(dice: Dice): Section[] {
  const options = ["containerd", "runtimes", "runc", "options"];
  return [
    { path: ["grpc"], keys: some(dice, ["address", "/run/containerd/containerd.sock"], ["uid", 0]) },
    {
      path: OLD,
      keys: some(
        dice,
        ["sandbox_image", "registry.k8s.io/pause:3.6"],
        ["restrict_oom_score_adj", dice.often(0.5)],
        ["max_container_log_line_size", 16384],
      ),
    },
    { path: [...OLD, "containerd"], keys: some(dice, ["snapshotter", "overlayfs"], ["no_pivot", false]) },
    {
      path: [...OLD, ...options],
      keys: some(dice, ["SystemdCgroup", dice.often(0.5)], ["BinaryName", "/usr/bin/runc"]),
    },
    {
      path: [...OLD, "registry", "configs", "registry.example.com", "auth"],
      keys: some(dice, ["password", "a # b = true"]),
    },
    { path: ["plugins", "io.containerd.grpc.v1.cri.like"], keys: some(dice, ["sandbox_image", "other"]) },
    {
      path: ["plugins", "io.containerd.runtime.v1.linux"],
      keys: some(dice, ["systemd_cgroup", dice.often(0.5)], ["shim_debug", true]),
    },
  ].filter(({ path }) => dice.often(path.length < 3 ? 0.7 : 0.6));
}

function newSections(dice: Dice): Section[] {
  const options = ["containerd", "runtimes", "runc", "options"];
  return [
    { path: ["grpc"], keys: some(dice, ["address", "/run/containerd/containerd.sock"], ["uid", 0]) },
    { path: IMAGES, keys: some(dice, ["snapshotter", "overlayfs"], ["use_local_image_pull", true]) },
    { path: [...IMAGES, "pinned_images"], keys: some(dice, ["sandbox", "registry.k8s.io/pause:3.10"], ["other", "x"]) },
    { path: RUNTIME, keys: some(dice, ["restrict_oom_score_adj", dice.often(0.5)], ["enable_selinux", false]) },
    {
      path: [...RUNTIME, ...options],
      keys: some(dice, ["SystemdCgroup", dice.often(0.5)], ["BinaryName", "/usr/bin/runc"]),
    },
    { path: ["plugins", "io.containerd.grpc.v1.cri"], keys: some(dice, ["disable_tcp_service", true]) },
  ].filter(() => dice.often(0.65));
}

/** With nesting by indents as containerd has it, or without; with comments, blank lines and either line end. */
function textOf(dice: Dice, sections: readonly Section[]): string {
  const isIndented = dice.often(0.7);
  const quote = dice.one(['"', "'"]);
  const eol = dice.often(0.2) ? "\r\n" : "\n";
  const remark = (): string => (dice.often(0.1) ? `  # note = ${dice.upTo(99)} [x]` : "");
  const noise = (): string[] =>
    dice.often(0.15) ? [dice.one(["", "# a comment", '  # sandbox_image = "no"', "#[plugins]"])] : [];
  const lines = sections.flatMap(({ path, keys }) => {
    const indent = isIndented ? "  ".repeat(Math.max(0, path.length - 1)) : "";
    const name = path.map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : quote + part + quote)).join(".");
    const inner = path.length === 0 || !isIndented ? indent : `${indent}  `;
    const head = path.length === 0 ? [] : [...noise(), `${indent}[${name}]${remark()}`];
    return [
      ...head,
      ...keys.flatMap(([key, value]) => [...noise(), `${inner}${key} = ${scalar(value, quote)}${remark()}`]),
    ];
  });
  return lines.join(eol) + (dice.often(0.9) ? eol : "");
}

function scalar(value: Scalar, quote: string): string {
  if (typeof value === "string") return quote + value + quote;
  if (typeof value === "object") return `[${value.map((one) => quote + one + quote).join(", ")}]`;
  return String(value);
}

function dataOf(sections: readonly Section[]): Table {
  const data: Table = {};
  for (const { path, keys } of sections) {
    tableAt(data, path);
    for (const [key, value] of keys) put(data, path, key, value);
  }
  return data;
}

function put(data: Table, path: readonly string[], key: string, value: Scalar): void {
  tableAt(data, path)[key] = value;
}

function tableAt(data: Table, path: readonly string[]): Table {
  return path.reduce<Table>((table, part) => (table[part] ??= {}) as Table, data);
}

/** Without systemd's cgroups, and with the CRI plug-in. */
function asNeeded(value: Scalar | Table): Scalar | Table {
  if (typeof value !== "object" || Array.isArray(value)) return value;
  const entries = Object.entries(value as Table).map(([key, inner]): [string, Scalar | Table] => {
    if (key === "SystemdCgroup" || key === "systemd_cgroup") return [key, false];
    if (key === "disabled_plugins")
      return [key, (inner as readonly string[]).filter((name) => !CRI_NAMES.includes(name))];
    return [key, asNeeded(inner)];
  });
  return Object.fromEntries(entries);
}
