import { describe, expect, it } from "vitest";
import { findEmulator } from "../../src/boxes/emulator.js";
import { machineArguments } from "../../src/boxes/machine-arguments.js";
import { fakeComputer, type FakeComputerParts } from "../fakes/fake-computer.js";

const QEMU = {
  "qemu-system-x86_64 --version": "QEMU emulator version 7.2.0\n",
  "qemu-system-aarch64 --version": "QEMU emulator version 7.2.0\n",
  "qemu-img --version": "qemu-img version 7.2.0\n",
};
const NO_QEMU = { "qemu-system-x86_64 --version": undefined, "qemu-system-aarch64 --version": undefined };
const release = (text: string): FakeComputerParts => ({ files: { "/etc/os-release": text }, programs: NO_QEMU });

describe("QEMU on this computer", () => {
  it.each<[string, FakeComputerParts, string]>([
    ["with KVM", {}, "kvm"],
    ["with KVM's device and no processor behind it", { files: { "/proc/cpuinfo": "flags\t\t: fpu sse\n" } }, "tcg"],
    ["of another processor", { arch: "arm64" }, "tcg"],
    ["of macOS", { platform: "darwin" }, "hvf"],
    ["of Windows", { platform: "win32" }, "tcg"],
  ])("%s is used as %s", async (_, parts, acceleration) => {
    const emulator = await findEmulator(fakeComputer({ programs: QEMU, ...parts }), "x86_64");
    expect(emulator).toEqual({
      ...{ program: "qemu-system-x86_64", architecture: "x86_64", firmware: undefined, acceleration },
    });
  });

  it.each<[string, FakeComputerParts, string]>([
    ["Debian", release("ID=debian\n"), "sudo apt-get install qemu-system-x86 qemu-utils"],
    ["Mint", release('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), "sudo apt-get install qemu-system-x86 qemu-utils"],
    ["Fedora", release('ID="fedora"\n'), "sudo dnf install qemu-system-x86-core qemu-img"],
    ["Manjaro", release("ID=manjaro\nID_LIKE=arch\n"), "sudo pacman -S qemu-system-x86 qemu-img"],
    ["openSUSE", release('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n'), "sudo zypper install qemu-x86 qemu-img"],
    ["Alpine", release("ID=alpine\n"), "doas apk add qemu-system-x86_64 qemu-img"],
    ["another one", release("ID=haiku\n"), "install QEMU: qemu-system-x86_64 and qemu-img"],
    ["macOS", { platform: "darwin", programs: NO_QEMU }, "brew install qemu"],
    ["Windows", { platform: "win32", programs: NO_QEMU }, "winget install SoftwareFreedomConservancy.QEMU"],
  ])("that is missing on %s is told with what installs it", async (_, parts, line) => {
    await expect(findEmulator(fakeComputer(parts), "x86_64")).rejects.toMatchObject({
      ...{ kind: "prerequisite", message: "a box is built with QEMU, and qemu-system-x86_64 is not on this computer" },
      hints: [line, "or get a box that somebody has built: spec.vagrant.boxUrl"],
    });
  });

  it("needs UEFI for aarch64", async () => {
    await expect(findEmulator(fakeComputer({ programs: QEMU }), "aarch64")).rejects.toThrow(
      "machines of aarch64 need UEFI's firmware",
    );
    const firmware = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd";
    const computer = fakeComputer({ programs: QEMU, files: { [firmware]: "" } });
    expect(await findEmulator(computer, "aarch64")).toMatchObject({ firmware, acceleration: "tcg" });
  });
});

describe("QEMU's arguments", () => {
  const machine = {
    ...{ disk: "/w/a,b/disk.qcow2", tree: { path: "/w/tree.tar", serial: "alpine-k8s-tree" }, seed: "/w/seed" },
    ...{ console: "/w/console.log", port: 2222, cpus: 2, memory: 1024 },
  };

  it.each(["x86_64", "aarch64"] as const)("of an emulated %s are those of the golden file", async (architecture) => {
    const firmware = architecture === "aarch64" ? "/UEFI.fd" : undefined;
    const emulator = { program: "qemu", architecture, acceleration: "tcg", firmware } as const;
    const text = `${machineArguments({ ...machine, emulator }).join("\n")}\n`;
    await expect(text).toMatchFileSnapshot(`../golden/boxes/machine-${architecture}.txt`);
  });

  it("with KVM take the processor as it is", () => {
    const emulator = { program: "qemu", architecture: "x86_64", acceleration: "kvm", firmware: undefined } as const;
    const args = machineArguments({ ...machine, emulator });
    expect(args.slice(args.indexOf("-machine"), args.indexOf("-machine") + 4)).toEqual([
      ...["-machine", "pc,accel=kvm", "-cpu", "host"],
    ]);
  });
});
