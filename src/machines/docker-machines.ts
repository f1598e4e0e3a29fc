import { canReach } from "../remote/can-reach.js";
import { API_PORT } from "../model/kubeadm/documents.js";
import type { PlannedNode } from "../model/topology/topology.js";
import type { DockerContainers } from "../vagrant/docker-containers.js";
import type { DockerDemands } from "../vagrant/docker-info.js";
import type { Endpoint, Machines } from "./machines.js";

/** Milliseconds for a container on this computer to answer; containers in Docker Desktop's virtual machine never do. */
const REACH_LIMIT = 1_000;

export interface DockerMachinesInput {
  /** The same machines as Vagrant sees them. */
  readonly vagrant: Machines;
  readonly containers: DockerContainers;
  readonly demands: DockerDemands;
  /** Name of the cluster's own network. */
  readonly network: string;
  /** Whether something answers at the address and port. */
  readonly reaches?: (address: string, port: number) => Promise<boolean>;
  /** Name servers of this computer. */
  readonly nameservers: readonly string[];
  readonly log: (line: string) => void;
}

/**
 * Machines that are containers. They share this computer's clock. They are reached at their own addresses or, where
 * that is impossible, at the ports that Docker publishes on 127.0.0.1. An interrupted run can leave some that Vagrant
 * does not know.
 */
export function dockerMachines(input: DockerMachinesInput): Machines {
  const { vagrant, containers, network, nameservers } = input;
  return {
    ...vagrant,
    capabilities: { ownKernel: false, managesClock: false, inOurNetwork: false },
    nameservers,
    checkPrerequisites: async () => {
      await vagrant.checkPrerequisites();
      // Containers that exist prove that Docker can, but for an address that this computer is to reach.
      if (input.demands.sharesAddress || (await vagrant.existing()).length === 0) await containers.check(input.demands);
    },
    directTarget: async (node) => {
      const target = await vagrant.directTarget(node);
      return target === undefined ? undefined : { ...target, ...(await endpointOf(input, node, target.port)) };
    },
    apiEndpoint: (node) => endpointOf(input, node, API_PORT),
    start: async (names, events) => {
      const removed = await containers.removeLeftovers(names);
      if (removed.length > 0) input.log(`removed containers that an interrupted run left: ${removed.join(", ")}`);
      return vagrant.start(names, events);
    },
    removeLeftovers: async () => {
      await containers.removeLeftovers();
      await containers.removeNetwork(network);
    },
  };
}

/** Where this computer reaches a port of a node: at its address, or where Docker publishes it. */
async function endpointOf(input: DockerMachinesInput, node: PlannedNode, port: number): Promise<Endpoint> {
  const { containers, log, reaches = quickly } = input;
  const direct = { address: node.address, port };
  if (await reaches(node.address, port)) return direct;
  try {
    return (await containers.published(node.name, port)) ?? direct;
  } catch (error) {
    log((error as Error).message);
    return direct;
  }
}

function quickly(address: string, port: number): Promise<boolean> {
  return canReach(address, port, REACH_LIMIT);
}
