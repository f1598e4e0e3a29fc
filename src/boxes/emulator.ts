import { AlpineK8sError } from "../base/errors.js";
import type { LocalSystem } from "../base/local-system.js";
import type { Architecture } from "./build-request.js";

/** How QEMU runs a machine: on the processor itself by Linux' KVM or macOS' HVF, or emulated, many times slower. */
type Acceleration = "kvm" | "hvf" | "tcg";

/** A QEMU that can boot images of an architecture. */
export interface Emulator {
  readonly program: string;
  readonly architecture: Architecture;
  readonly acceleration: Acceleration;
  /** File of UEFI's code, for machines that have no BIOS. */
  readonly firmware: string | undefined;
}

/** Node's name of the processor that runs an architecture. */
const NATIVE: Readonly<Record<Architecture, string>> = { x86_64: "x64", aarch64: "arm64" };

/** UEFI for aarch64: of Debian's qemu-efi-aarch64, of QEMU itself as Fedora, Homebrew and Alpine install it. */
const UEFI = [
  "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd",
  "/usr/share/qemu/edk2-aarch64-code.fd",
  "/opt/homebrew/share/qemu/edk2-aarch64-code.fd",
  "/usr/local/share/qemu/edk2-aarch64-code.fd",
];

/**
 * The QEMU of this computer for an architecture, accelerated when it can be. Throws `prerequisite`, with the line that
 * installs it on this system, when QEMU, qemu-img or the firmware is missing.
 */
export async function findEmulator(computer: LocalSystem, architecture: Architecture): Promise<Emulator> {
  const program = `qemu-system-${architecture}`;
  for (const wanted of [program, "qemu-img"]) {
    if ((await computer.run(wanted, ["--version"])) !== undefined) continue;
    throw new AlpineK8sError("prerequisite", `a box is built with QEMU, and ${wanted} is not on this computer`, {
      hints: [await installLine(computer, architecture), "or get a box that somebody has built: spec.vagrant.boxUrl"],
    });
  }
  const firmware = architecture === "aarch64" ? UEFI.find((path) => computer.exists(path)) : undefined;
  if (architecture === "aarch64" && firmware === undefined) {
    throw new AlpineK8sError(
      "prerequisite",
      `machines of aarch64 need UEFI's firmware, and none of these is here: ${UEFI.join(", ")}`,
      {
        hints: ["on Debian and Ubuntu: sudo apt-get install qemu-efi-aarch64"],
      },
    );
  }
  return { program, architecture, firmware, acceleration: await accelerationFor(computer, architecture) };
}

async function accelerationFor(computer: LocalSystem, architecture: Architecture): Promise<Acceleration> {
  if (computer.arch !== NATIVE[architecture]) return "tcg";
  if (computer.platform === "darwin") return "hvf";
  if (computer.platform !== "linux" || !computer.canRead("/dev/kvm")) return "tcg";
  if (architecture === "aarch64") return "kvm";
  // A virtual machine may have the device, and no processor behind it.
  const flags = /^flags\s*:(.*)$/m.exec((await computer.read("/proc/cpuinfo")) ?? "")?.[1]?.split(" ") ?? [];
  return flags.includes("vmx") || flags.includes("svm") ? "kvm" : "tcg";
}

/** Installing QEMU, by the ID and ID_LIKE of os-release(5). */
const INSTALL: readonly (readonly [RegExp, (architecture: Architecture) => string])[] = [
  [
    /\b(debian|ubuntu)\b/,
    (one) => `sudo apt-get install ${one === "x86_64" ? "qemu-system-x86" : "qemu-system-arm"} qemu-utils`,
  ],
  [
    /\b(fedora|rhel|centos)\b/,
    (one) => `sudo dnf install qemu-system-${one === "x86_64" ? "x86" : "aarch64"}-core qemu-img`,
  ],
  [/\barch\b/, (one) => `sudo pacman -S qemu-system-${one === "x86_64" ? "x86" : "aarch64"} qemu-img`],
  [/\b(suse|opensuse)\b/, (one) => `sudo zypper install qemu-${one === "x86_64" ? "x86" : "arm"} qemu-img`],
  [/\balpine\b/, (one) => `doas apk add qemu-system-${one} qemu-img`],
];

async function installLine(computer: LocalSystem, architecture: Architecture): Promise<string> {
  if (computer.platform === "darwin") return "brew install qemu";
  if (computer.platform === "win32") return "winget install SoftwareFreedomConservancy.QEMU";
  const release = (await computer.read("/etc/os-release")) ?? "";
  const ids = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map(([, id = ""]) => id).join(" ");
  const line = INSTALL.find(([pattern]) => pattern.test(ids))?.[1];
  return line === undefined ? `install QEMU: qemu-system-${architecture} and qemu-img` : line(architecture);
}
