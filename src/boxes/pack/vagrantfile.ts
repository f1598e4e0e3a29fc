import type { BoxProvider } from "../build-request.js";

/** What each provider needs to know of a machine from our box; the project's Vagrantfile goes over it. */
const OF_PROVIDER: Readonly<Record<BoxProvider, readonly string[]>> = {
  libvirt: [
    'libvirt.disk_bus = "virtio"',
    'libvirt.nic_model_type = "virtio"',
    "# Without KVM the machine is emulated. Random numbers from its processor: else the first keys take minutes.",
    'unless File.writable?("/dev/kvm")',
    '  libvirt.driver = "qemu"',
    '  libvirt.cpu_mode = "custom"',
    '  libvirt.cpu_model = "qemu64"',
    '  libvirt.cpu_feature name: "rdrand", policy: "require"',
    "end",
  ],
  virtualbox: ["virtualbox.check_guest_additions = false"],
  vmware_desktop: [],
};

/**
 * The Vagrantfile inside of the box: Vagrant's own defaults are bash and a shared folder, which Alpine does not have
 * (Vagrant's documentation, "Box File Format").
 */
export function vagrantfileOf(provider: BoxProvider): string {
  const variable = provider === "vmware_desktop" ? "vmware" : provider;
  const lines = OF_PROVIDER[provider];
  const block = [`  config.vm.provider :${provider} do |${variable}|`, ...lines.map((line) => `    ${line}`), "  end"];
  return [
    'Vagrant.configure("2") do |config|',
    "  config.vm.guest = :alpine",
    '  config.ssh.shell = "/bin/sh -l"',
    '  config.vm.synced_folder ".", "/vagrant", disabled: true',
    ...(lines.length === 0 ? [] : block),
    "end",
    "",
  ].join("\n");
}
