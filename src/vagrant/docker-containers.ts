import { realpath } from "node:fs/promises";
import { AlpineK8sError } from "../base/errors.js";
import { runLocal, type LocalResult } from "../base/process.js";
import { until } from "../base/wait.js";
import { DOCKER_INFO, DOCKER_INSTALL, type DockerDemands, dockerProblem, readDockerInfo } from "./docker-info.js";
import { machineId, machineIds } from "./machine-ids.js";

/** Milliseconds for one query; removing a container takes longer, because it ends the container's processes first. */
const QUERY = 20_000;
const REMOVAL = 120_000;

/** Docker's words about what went away since it was listed. */
const GONE = /No such (?:object|container|network)/i;
/** Docker's words about a container that another command removes; its name is still taken. */
const BEING_REMOVED = /removal of container \S+ is already in progress/i;

const MISSING = {
  message: "docker is not on this computer (no program of that name on PATH)",
  hints: [`install Docker: ${DOCKER_INSTALL}`, "alpine-k8s doctor"],
};

/** Set by the Vagrantfile on every container: the cluster folder. */
const FOLDER_LABEL = "alpine-k8s.folder";

/** Docker's own view of the containers of one cluster folder, for what Vagrant does not report. */
export interface DockerContainers {
  /** Throws `prerequisite` when this Docker cannot carry any cluster, `usage` for what it cannot do for this one. */
  check(demands: DockerDemands): Promise<void>;
  /** Where this computer finds a port of a machine's container; nothing when it is not published, or does not run. */
  published(name: string, port: number): Promise<{ readonly address: string; readonly port: number } | undefined>;
  /**
   * Removes containers of these machines, or of all, that Vagrant does not know: it was ended before it saved their
   * ids, and their names would stay taken. Returns the names of the containers.
   */
  removeLeftovers(names?: readonly string[]): Promise<readonly string[]>;
  /** Removes a network if no container is in it; does nothing when there is no such network. */
  removeNetwork(name: string): Promise<void>;
}

/** Docker's command line program, the one that Vagrant uses. */
export function dockerContainers(folder: string, log: (line: string) => void): DockerContainers {
  const run = (args: readonly string[], timeout = QUERY): Promise<LocalResult> => {
    log(`$ docker ${args.join(" ")}`);
    return runLocal({ program: "docker", args, cwd: folder, timeout, missing: MISSING });
  };
  const failed = (args: readonly string[], { stderr }: LocalResult): AlpineK8sError =>
    new AlpineK8sError("prerequisite", `docker ${args[0] ?? ""} failed: ${stderr.trim()}`, {
      hints: ["docker version", "alpine-k8s doctor"],
    });
  const docker = async (...args: readonly string[]): Promise<string> => {
    const result = await run(args);
    if (result.exitCode === 0 || GONE.test(result.stderr)) return result.stdout;
    throw failed(args, result);
  };
  const remove = async (id: string): Promise<void> => {
    const args = ["rm", "--force", "--volumes", id];
    const check = async (): Promise<string | undefined> => {
      const result = await run(args, REMOVAL);
      if (result.exitCode === 0 || GONE.test(result.stderr)) return undefined;
      if (BEING_REMOVED.test(result.stderr)) return "another command removes it";
      throw failed(args, result);
    };
    await until({ what: `the removal of container ${id.slice(0, 12)}`, every: 200, atMost: REMOVAL, check });
  };
  return {
    check: async (demands) => {
      const info = readDockerInfo(await run(DOCKER_INFO), process.platform);
      const problem = "what" in info ? info : dockerProblem(info, demands);
      if (problem === undefined) return;
      const kind = problem.isAsked === true ? "usage" : "prerequisite";
      throw new AlpineK8sError(kind, problem.what, { hints: [problem.command, "alpine-k8s doctor"] });
    },
    published: async (name, port) => {
      const id = await machineId(folder, name);
      if (id === undefined) return undefined;
      const ports = await docker("inspect", "--format", "{{json .NetworkSettings.Ports}}", id);
      return ports.trim() === "" ? undefined : bindingOf(JSON.parse(ports), port);
    },
    removeLeftovers: async (names) => {
      const known = await Promise.all([...(await machineIds(folder)).keys()].map((name) => machineId(folder, name)));
      const filter = `label=${FOLDER_LABEL}=${await realpath(folder)}`;
      const list = ["ps", "--all", "--no-trunc", "--filter", filter, "--format", "{{.ID}} {{.Names}}"];
      const left = (await docker(...list))
        .split("\n")
        .map((line) => line.trim().split(" "))
        .filter(([id = "", name = ""]) => id !== "" && !known.includes(id) && isOf(name, names));
      for (const [id = ""] of left) await remove(id);
      return left.map(([, name = ""]) => name);
    },
    removeNetwork: async (name) => {
      const found = await docker("network", "ls", "--quiet", "--filter", `name=^${name}$`);
      if (found.trim() === "") return;
      const inside = await docker("ps", "--all", "--quiet", "--filter", `network=${name}`);
      if (inside.trim() === "") await docker("network", "rm", name);
    },
  };
}

/** Containers are named `<cluster>-<folder id>-<machine>`. */
function isOf(container: string, names: readonly string[] | undefined): boolean {
  return names === undefined || names.some((name) => container.endsWith(`-${name}`));
}

function bindingOf(ports: unknown, port: number): { address: string; port: number } | undefined {
  const bindings = (ports as Readonly<Record<string, unknown>> | null)?.[`${port}/tcp`];
  const [first] = (Array.isArray(bindings) ? bindings : []) as { HostIp?: string; HostPort?: string }[];
  if (first?.HostPort === undefined) return undefined;
  return {
    address: first.HostIp === "0.0.0.0" ? "127.0.0.1" : (first.HostIp ?? "127.0.0.1"),
    port: Number(first.HostPort),
  };
}
