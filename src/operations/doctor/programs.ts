import { DOCKER_INFO, readDockerInfo, type DockerInfo, type DockerProblem } from "../../vagrant/docker-info.js";
import { pluginsIn } from "../../vagrant/find-providers.js";
import { parseMachineLine } from "../../vagrant/machine-readable.js";
import { once } from "../../base/once.js";
import type { LocalSystem, ProgramAnswer } from "../../base/local-system.js";

/** What programs of this computer report about themselves; each question is asked at most once. */
export interface Programs {
  /** `X.Y.Z`; nothing when Vagrant is not there. */
  vagrant(): Promise<string | undefined>;
  /** Versions of Vagrant's plug-ins by name; empty without Vagrant. */
  plugins(): Promise<ReadonlyMap<string, string>>;
  /** `X.Y.Z`; nothing when VirtualBox is not there. */
  virtualBox(): Promise<string | undefined>;
  /** libvirt's answer to a connection such as vagrant-libvirt makes; nothing without virsh. */
  libvirt(): Promise<ProgramAnswer | undefined>;
  /** What Docker reports about itself, or why it cannot be used; nothing when it is not there. */
  docker(): Promise<DockerInfo | DockerProblem | undefined>;
  /** Docker's networks by name, each with its first subnet (CIDR). */
  dockerNetworks(): Promise<ReadonlyMap<string, string>>;
}

export function programsOf(computer: LocalSystem): Programs {
  return {
    vagrant: once(async () => versionIn(await computer.run("vagrant", ["--version"]))),
    plugins: once(async () => {
      const stdout = (await computer.run("vagrant", ["plugin", "list", "--machine-readable"]))?.stdout ?? "";
      return pluginsIn(stdout.split("\n").flatMap((line) => parseMachineLine(line) ?? []));
    }),
    virtualBox: once(async () => versionIn(await computer.run(vboxManage(computer), ["--version"]))),
    // The same address as the plug-in's: LIBVIRT_DEFAULT_URI, else the system's (vagrant-libvirt, configuration).
    libvirt: once(() =>
      computer.run("virsh", ["--connect", computer.env["LIBVIRT_DEFAULT_URI"] ?? "qemu:///system", "uri"]),
    ),
    docker: once(async () => {
      const answer = await computer.run("docker", DOCKER_INFO);
      return answer === undefined ? undefined : readDockerInfo(answer, computer.platform);
    }),
    dockerNetworks: once(async () => {
      const names = (await computer.run("docker", ["network", "ls", "--format", "{{.Name}}"]))?.stdout ?? "";
      const list = names.split("\n").filter((name) => name !== "");
      if (list.length === 0) return new Map();
      return subnetsIn((await computer.run("docker", ["network", "inspect", ...list]))?.stdout ?? "");
    }),
  };
}

interface Network {
  readonly Name?: string;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string }[] | null };
}

function subnetsIn(stdout: string): ReadonlyMap<string, string> {
  const networks = JSON.parse(stdout === "" ? "[]" : stdout) as readonly Network[];
  return new Map(networks.map(({ Name: name = "", IPAM: ipam }) => [name, ipam?.Config?.[0]?.Subnet ?? ""]));
}

/** `Vagrant 2.3.4`, `7.1.4r165100`; warnings may stand before it. */
function versionIn(answer: ProgramAnswer | undefined): string | undefined {
  if (answer?.exitCode !== 0) return undefined;
  return /(?:^|\s)(\d+\.\d+\.\d+)/m.exec(answer.stdout)?.[1];
}

/** The Windows installer of VirtualBox sets a variable instead of PATH. */
function vboxManage({ platform, env }: LocalSystem): string {
  const folder = env["VBOX_MSI_INSTALL_PATH"] ?? env["VBOX_INSTALL_PATH"];
  return platform === "win32" && folder !== undefined ? `${folder.replace(/\\$/, "")}\\VBoxManage.exe` : "VBoxManage";
}
