import type { NodeInput } from "../alpine/variables.js";
import { AlpineK8sError } from "../base/errors.js";
import type { Fleet, FleetInput } from "../engine/fleet.js";
import type { NodeSession } from "../engine/node-session.js";
import { NotKnownYet } from "../engine/not-known-yet.js";
import type { PlannedNode } from "../model/topology/topology.js";
import { NodeFleet } from "./node-fleet.js";
import { afterPreparation, preparation, refuseUnfit } from "./preparation.js";

/**
 * The connections of a run that only plans: looks at each node once, and starts, prepares and changes nothing. A node
 * that it could look at counts as prepared; what only a start would show is {@link NotKnownYet}.
 */
export class PlanningFleet implements Fleet {
  readonly #input: FleetInput;
  readonly #nodes: NodeFleet;
  readonly #looks = new Map<string, Promise<NodeSession | undefined>>();
  /** Nodes that are used as they are. */
  readonly #observed = new Set<string>();

  constructor(input: FleetInput) {
    this.#input = input;
    this.#nodes = new NodeFleet(input);
  }

  start(): Promise<never> {
    return Promise.reject(new AlpineK8sError("bug", "a run that only plans was to start machines"));
  }

  look(nodes = this.#input.topology.nodes): Promise<readonly (NodeSession | undefined)[]> {
    return Promise.all(nodes.map((node) => this.#look(node)));
  }

  observe(nodes = this.#input.topology.nodes): Promise<readonly (NodeSession | undefined)[]> {
    for (const { name } of nodes) this.#observed.add(name);
    return this.look(nodes);
  }

  async session(node: PlannedNode): Promise<NodeSession> {
    const session = await this.#look(node);
    if (session !== undefined) return session;
    // It has failed, and says why.
    if (this.#input.topology.identity.provider === "hosts") return this.#nodes.session(node);
    const exists = (await this.#input.machines.existing()).includes(node.name);
    throw new NotKnownYet(node.name, `once ${node.name} runs`, !exists);
  }

  async prepared(node: PlannedNode): Promise<NodeSession> {
    const session = await this.session(node);
    if (this.#observed.has(node.name)) return session;
    const { machines } = this.#input;
    refuseUnfit(session, machines);
    const changed = preparation(session, machines).map(({ action }) => action);
    return { ...session, facts: afterPreparation(session.facts, changed) };
  }

  underWay(): readonly string[] {
    return [];
  }

  close(): Promise<void> {
    return this.#nodes.close();
  }

  nodeInput(session: Pick<NodeSession, "node" | "target">): NodeInput {
    return this.#nodes.nodeInput(session);
  }

  #look(node: PlannedNode): Promise<NodeSession | undefined> {
    const known = this.#looks.get(node.name);
    if (known) return known;
    const look = this.#nodes.look([node]).then(([session]) => session);
    this.#looks.set(node.name, look);
    return look;
  }
}
