import { join } from "node:path";
import { failed, ok, type QuickCheck, skipped } from "../check.js";
import { declaredMachines, type QuickSubject } from "../subject.js";

/** MiB that a node must have free; the fatal condition `disk` of docs/node-scripts.md. */
const LEAST = 200;
/**
 * MiB that a machine takes once it is a node: a root of about 550 MB, and the images of the control plane and the
 * network, about 300 MB compressed. An estimate.
 */
const USUAL = 1024;

/** The disk, where the provider keeps machines, has room for all declared machines that are still to be made. */
export const disk: QuickCheck = {
  id: "disk",
  on: "this computer",
  weight: "warning",
  inUp: "refuse",
  look: async (subject) => {
    const { computer, spec, made } = subject;
    const machines = spec === undefined ? [] : declaredMachines(spec).filter(({ name }) => !made.has(name));
    if (machines.length === 0) return skipped("no machine is still to be made");
    const place = diskPlace(subject);
    const free = await computer.freeDisk(place);
    if (free === undefined) return skipped(`the free space is unknown at ${place}`);
    const seen = `${free} MiB are free at ${place}; ${machines.length} machine(s) still to be made`;
    const command = computer.platform === "win32" ? "powershell -Command Get-PSDrive" : `df -h '${place}'`;
    if (free < LEAST * machines.length) {
      return failed(`${seen} need ${LEAST} MiB each at the least`, command, { weight: "error" });
    }
    if (free < USUAL * machines.length) return failed(`${seen} take about ${USUAL} MiB each`, command);
    return ok(seen);
  },
};

/** The default places of the providers; libvirt's pool, or VirtualBox's folder, may have been moved. */
function diskPlace({ computer, paths, vagrantProvider }: QuickSubject): string {
  if (vagrantProvider === "libvirt") return "/var/lib/libvirt/images";
  if (vagrantProvider === "docker") return computer.platform === "linux" ? "/var/lib/docker" : computer.home;
  if (vagrantProvider === "virtualbox") return join(computer.home, "VirtualBox VMs");
  return vagrantProvider === "parallels" ? join(computer.home, "Parallels") : paths.vagrantState;
}
