import { minorOf } from "../model/versions/kubernetes.js";
import { CGROUP_V1_REFUSED } from "../model/versions/table.js";

/** The fields of `docker info` that we use. */
export interface DockerInfo {
  /** `X.Y.Z`. */
  readonly version: string;
  readonly cgroups: string;
  readonly cgroupDriver: string;
  /** `Docker Desktop`, or the name of this computer's operating system. */
  readonly system: string;
  /** Its containers are in a virtual machine, so this computer does not reach their addresses. */
  readonly isVirtual: boolean;
  readonly rootless: boolean;
  /** CIDRs of Docker's address pools, if they are configured. */
  readonly pools: readonly string[];
}

/** Why containers cannot be nodes here, with what to type. */
export interface DockerProblem {
  readonly what: string;
  readonly command: string;
  /** Nothing is wrong with this Docker, only with what the spec wants of it. */
  readonly isAsked?: true;
}

/** The arguments whose answer {@link readDockerInfo} reads. */
export const DOCKER_INFO = ["info", "--format", "{{json .}}"] as const;

/** Docker's installation instructions. */
export const DOCKER_INSTALL = "https://docs.docker.com/engine/install/";

/** What `docker info` calls its operating system there, on every computer. */
const DESKTOP = "Docker Desktop";

interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Reads the answer of `docker info`. Recognises Podman, which may have the same name. */
export function readDockerInfo(answer: Answer, platform: NodeJS.Platform): DockerInfo | DockerProblem {
  const told = objectIn(answer.stdout);
  // Podman's answer has its own parts (podman-info(1)).
  if ("host" in told && "store" in told) return PODMAN;
  const errors = Array.isArray(told["ServerErrors"]) ? (told["ServerErrors"] as unknown[]).map(String) : [];
  const version = text(told["ServerVersion"]);
  if (answer.exitCode !== 0 || version === "") {
    return noAnswer([...errors, ...answer.stderr.split("\n")].find((line) => line.trim() !== "") ?? "", platform);
  }
  const security = Array.isArray(told["SecurityOptions"]) ? (told["SecurityOptions"] as unknown[]).map(String) : [];
  const pools = Array.isArray(told["DefaultAddressPools"]) ? (told["DefaultAddressPools"] as { Base?: string }[]) : [];
  const system = text(told["OperatingSystem"]);
  return {
    ...{ version, system, isVirtual: platform !== "linux" || system === DESKTOP },
    cgroups: text(told["CgroupVersion"]) || "1",
    cgroupDriver: text(told["CgroupDriver"]),
    rootless: security.some((option) => option.startsWith("name=rootless")),
    pools: pools.flatMap(({ Base: base }) => base ?? []),
  };
}

/** The cluster that a Docker is to carry. */
export interface DockerDemands {
  readonly kubernetesVersion: string | undefined;
  /** The kubelet is told to take cgroups of version 1. */
  readonly allowsCgroupV1: boolean;
  /** One of its masters carries an address for all of them. */
  readonly sharesAddress: boolean;
}

/** What keeps this Docker from carrying such a cluster; nothing when it can. */
export function dockerProblem(info: DockerInfo, demands: DockerDemands): DockerProblem | undefined {
  if (info.rootless) {
    return {
      what: `this is rootless Docker ${info.version}: its containers may set no sysctls and mount no file systems as nodes do`,
      command: "docker context use default",
    };
  }
  const [major = 0, minor = 0] = info.version.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 10)) {
    return {
      what: `Docker ${info.version} is too old: nodes need private cgroup namespaces, which 20.10 brought`,
      command: `xdg-open ${DOCKER_INSTALL}`,
    };
  }
  if (info.cgroups === "1" && needsCgroupV2(demands)) {
    return {
      what: `Docker ${info.version} has cgroups of version 1, and Kubernetes from 1.${CGROUP_V1_REFUSED} on needs version 2, or failCgroupV1: false in the spec's KubeletConfiguration`,
      command: "stat --file-system --format %T /sys/fs/cgroup",
    };
  }
  if (demands.sharesAddress && info.isVirtual) {
    return {
      what: `kube-vip gives the masters one address, which this computer would not reach: the containers of ${info.system} are in a virtual machine; take kube-vip out of spec.addons`,
      command:
        "alpine-k8s up  (this computer reaches masters at ports on 127.0.0.1, and nodes have the addresses of all masters)",
      isAsked: true,
    };
  }
  return undefined;
}

function needsCgroupV2({ kubernetesVersion, allowsCgroupV1 }: DockerDemands): boolean {
  return !allowsCgroupV1 && kubernetesVersion !== undefined && minorOf(kubernetesVersion) >= CGROUP_V1_REFUSED;
}

const PODMAN: DockerProblem = {
  what: "`docker` is Podman on this computer: its networks and the rights of its containers differ, and nodes were never tried on it",
  command: `xdg-open ${DOCKER_INSTALL}`,
};

function noAnswer(why: string, platform: NodeJS.Platform): DockerProblem {
  const what = `Docker does not answer: ${why.trim() === "" ? "no reason was given" : why.trim()}`;
  if (/permission denied/i.test(why)) return { what, command: 'sudo usermod --append --groups docker "$USER"' };
  if (platform === "darwin") return { what, command: "open -a Docker" };
  return { what, command: platform === "win32" ? "docker desktop start" : "sudo service docker start" };
}

function objectIn(stdout: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(stdout);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
