import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type LocalSystem, type ProgramAnswer, localSystem } from "../../src/base/local-system.js";

/** The parts of a fake computer that differ from one that is in order. */
export interface FakeComputerParts extends Partial<Omit<LocalSystem, "run">> {
  /** Files of the system by full path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Answers by command line; others are refused. A text is stdout with exit code 0, undefined a missing program. */
  readonly programs?: Readonly<Record<string, string | Partial<ProgramAnswer> | undefined>>;
}

const HOME = "/home/user";

/** Files of a Linux computer with libvirt and the default box. */
const GOOD_FILES: Readonly<Record<string, string>> = {
  "/proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu vme vmx sse\n",
  "/dev/kvm": "",
  "/usr/bin/virsh": "",
  [`${HOME}/.vagrant.d/boxes/alpine-3.24-containerd-kubernetes-v1.36.1/0/libvirt/metadata.json`]:
    '{"provider":"libvirt"}',
};

/** Programs of that computer. */
export const GOOD_PROGRAMS: Readonly<Record<string, string>> = {
  "vagrant --version": "Vagrant 2.4.9\n",
  "vagrant plugin list --machine-readable":
    "1700000000,vagrant-libvirt,plugin-version,0.12.2%!(VAGRANT_COMMA) global\n",
  "virsh --connect qemu:///system uri": "qemu:///system\n",
};

/**
 * A computer in its own folder: files of the system are below that folder; files below the real folder for temporary
 * files are real, so that cluster folders work. Unknown programs are refused.
 */
export function fakeComputer({ files = {}, programs = GOOD_PROGRAMS, ...parts }: FakeComputerParts = {}): LocalSystem {
  const root = mkdtempSync(join(tmpdir(), "alpine-k8s-computer-"));
  for (const [path, text] of Object.entries({ ...GOOD_FILES, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o755 });
  }
  return {
    ...localSystem((path) => (path.startsWith(tmpdir()) ? path : join(root, path))),
    platform: "linux",
    arch: "x64",
    env: { PATH: "/usr/bin" },
    home: HOME,
    memory: () => Promise.resolve({ total: 16_000, available: 12_000, swap: 0 }),
    addresses: () => [{ name: "eth0", cidr: "192.0.2.7/24" }],
    freeDisk: () => Promise.resolve(100_000),
    run: (program, args) => {
      const line = [program, ...args].join(" ");
      if (!(line in programs)) return Promise.reject(new Error(`the fake computer was not told about: ${line}`));
      const answer = programs[line];
      if (answer === undefined) return Promise.resolve(undefined);
      return Promise.resolve({
        ...{ exitCode: 0, stdout: "", stderr: "" },
        ...(typeof answer === "string" ? { stdout: answer } : answer),
      });
    },
    ...parts,
  };
}
