import type { MachineShape } from "./machine-shape.js";

export const VMX_FILE = "box.vmx";
export const VMX_DISK = "disk.vmdk";

/** A machine of VMware Workstation and Fusion, hardware version 14 (Workstation 14, Fusion 10 and newer). */
export function vmx({ name, architecture, cpus, memory }: MachineShape): string {
  const arm = architecture === "aarch64";
  const settings: readonly (readonly [string, string])[] = [
    [".encoding", "UTF-8"],
    ["config.version", "8"],
    ["virtualHW.version", arm ? "20" : "14"],
    ["displayName", name],
    ["guestOS", arm ? "arm-other5xlinux-64" : "other4xlinux-64"],
    ...(arm ? ([["firmware", "efi"]] as const) : []),
    ["numvcpus", String(cpus)],
    ["memsize", String(memory)],
    ["pciBridge0.present", "TRUE"],
    ["pciBridge4.present", "TRUE"],
    ["pciBridge4.virtualDev", "pcieRootPort"],
    ["pciBridge4.functions", "8"],
    ["sata0.present", "TRUE"],
    ["sata0:0.present", "TRUE"],
    ["sata0:0.fileName", VMX_DISK],
    ["ethernet0.present", "TRUE"],
    ["ethernet0.connectionType", "nat"],
    ["ethernet0.virtualDev", arm ? "vmxnet3" : "e1000"],
    ["ethernet0.addressType", "generated"],
    ["ethernet0.pciSlotNumber", "32"],
  ];
  return settings.map(([key, value]) => `${key} = "${value}"\n`).join("");
}
