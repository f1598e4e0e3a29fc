import type { Emulator } from "./emulator.js";

/** The machine that a box is built in. */
export interface BuildMachine {
  readonly emulator: Emulator;
  /** QCOW2 file of the system. */
  readonly disk: string;
  /** File that gets the archive of the tree, raw, and its serial number. */
  readonly tree: { readonly path: string; readonly serial: string };
  /** Folder of the seed; see seed.ts. */
  readonly seed: string;
  /** File that gets what the serial console shows. */
  readonly console: string;
  /** Port of this computer, on loopback, that leads to the machine's ssh. */
  readonly port: number;
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
}

/**
 * QEMU's arguments (QEMU 5.1 and newer; its manual, "Invocation"): a disk, a second one for the archive, the seed as a FAT
 * file system that QEMU makes of a folder, and a network behind this computer's address. What goes wrong with the disk at a
 * power cut does not matter: a build begins anew then.
 */
export function machineArguments(machine: BuildMachine): readonly string[] {
  const { tree, seed, port, cpus, memory } = machine;
  const fast = "cache=unsafe,discard=unmap,detect-zeroes=unmap";
  return [
    ...["-name", "alpine-k8s-box", "-no-user-config", "-nodefaults", "-display", "none", "-no-reboot"],
    ...platform(machine.emulator),
    ...["-smp", String(cpus), "-m", String(memory), "-rtc", "base=utc"],
    ...["-serial", `file:${escaped(machine.console)}`],
    // In the order in which the machine finds them: its system is on the first.
    ...disk("system", `format=qcow2,file=${escaped(machine.disk)},${fast}`, "bootindex=0"),
    ...disk("tree", `format=raw,file=${escaped(tree.path)},${fast}`, `serial=${tree.serial}`),
    ...disk("seed", `format=raw,readonly=on,file.driver=vvfat,file.dir=${escaped(seed)},file.label=CIDATA`),
    ...["-netdev", `user,id=net,hostfwd=tcp:127.0.0.1:${port}-:22`, "-device", "virtio-net-pci,netdev=net"],
    ...["-device", "virtio-rng-pci"],
  ];
}

function disk(id: string, drive: string, ...more: readonly string[]): readonly string[] {
  return ["-drive", `if=none,id=${id},${drive}`, "-device", ["virtio-blk-pci", `drive=${id}`, ...more].join(",")];
}

/** A comma ends a value, and two of them are one in it. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}

function platform({ architecture, acceleration, firmware }: Emulator): readonly string[] {
  const board = architecture === "x86_64" ? "pc" : "virt";
  // Without random numbers from the processor the first keys take minutes.
  const emulated = architecture === "x86_64" ? "qemu64,+rdrand" : "max";
  return [
    // SYSLINUX hangs without a screen.
    ...(architecture === "x86_64" ? ["-vga", "std"] : []),
    ...["-machine", `${board},accel=${acceleration}`, "-cpu", acceleration === "tcg" ? emulated : "host"],
    ...(firmware === undefined ? [] : ["-bios", firmware]),
  ];
}
