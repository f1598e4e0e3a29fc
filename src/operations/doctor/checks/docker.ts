import { allowsCgroupV1 } from "../../../model/kubeadm/node-allowances.js";
import { addressAddon } from "../../../model/spec/addons/shared-address.js";
import { overlaps, parseSubnet } from "../../../model/spec/ipv4.js";
import { DOCKER_INSTALL, dockerProblem } from "../../../vagrant/docker-info.js";
import { type Check, failed, ok, type Outcome, skipped } from "../check.js";
import { freeAdvice, ownNetworks, takenHere } from "../networks.js";
import { editSpec, type Subject, usesVagrant } from "../subject.js";
import { openUrl } from "../open-url.js";

const OTHER_PROVIDER = "the provider is not Docker";

/** Docker answers, and its containers can be nodes. */
export const docker: Check = {
  id: "docker",
  on: "this computer",
  weight: "error",
  look: async (subject) => {
    if (!usesDocker(subject)) return skipped(OTHER_PROVIDER);
    const info = await subject.programs.docker();
    if (info === undefined) {
      return failed("there is no docker on PATH", openUrl(subject.computer.platform, DOCKER_INSTALL));
    }
    if ("what" in info) return failed(info.what, info.command);
    const { identity, spec } = subject;
    const problem = dockerProblem(info, {
      kubernetesVersion: identity?.kubernetesVersion ?? spec?.kubernetes.version,
      allowsCgroupV1: spec !== undefined && allowsCgroupV1(spec),
      sharesAddress: spec !== undefined && addressAddon(spec) !== undefined,
    });
    if (problem) return failed(problem.what, problem.command);
    return ok(
      `Docker ${info.version} on ${info.system} answers; cgroups of version ${info.cgroups} by ${info.cgroupDriver}`,
    );
  },
};

/** The cluster network overlaps neither a network of Docker's nor the pools that Docker takes new ones from. */
export const dockerNetworks: Check = {
  id: "docker-networks",
  on: "this computer",
  weight: "error",
  look: async (subject) => {
    if (!usesDocker(subject)) return skipped(OTHER_PROVIDER);
    const info = await subject.programs.docker();
    if (info === undefined || "what" in info) return skipped("there is no Docker to ask");
    return evaluate(subject, await subject.programs.dockerNetworks(), info.pools);
  },
};

function usesDocker(subject: Subject): boolean {
  return usesVagrant(subject) && subject.vagrantProvider === "docker";
}

async function evaluate(
  subject: Subject,
  networks: ReadonlyMap<string, string>,
  pools: readonly string[],
): Promise<Outcome> {
  const [mine] = ownNetworks(subject);
  if (mine === undefined) return skipped("the cluster has no network of its own");
  const { identity } = subject;
  const own = identity === undefined ? "" : `${identity.name}-${identity.folderId}`;
  const others = [...networks].filter(([name]) => name !== own);
  const clash = others.find(([, cidr]) => touches(mine.subnet, cidr));
  if (clash) {
    const taken = [...(await takenHere(subject)), ...others.flatMap(([, cidr]) => parseSubnet(cidr) ?? [])];
    const advice = freeAdvice(subject, mine, taken);
    return failed(
      `Docker's network ${clash[0]} has ${clash[1]}, which overlaps the cluster network ${mine.cidr}; ${advice.words}`,
      advice.command,
    );
  }
  const pool = pools.find((cidr) => touches(mine.subnet, cidr));
  if (pool !== undefined && !networks.has(own)) {
    return failed(
      `Docker takes addresses for new networks from ${pool}, where the cluster network ${mine.cidr} lies: another network may get it first`,
      editSpec(subject),
      { weight: "warning" },
    );
  }
  return ok(`no network of Docker overlaps ${mine.cidr}`);
}

function touches(mine: { readonly base: number; readonly prefix: number }, cidr: string): boolean {
  const theirs = parseSubnet(cidr);
  return theirs !== undefined && overlaps(mine, theirs);
}
