import { observeNode, runNodeScript } from "../alpine/node-commands.js";
import { sharedVariables, type NodeInput } from "../alpine/variables.js";
import { messageOf } from "../base/errors.js";
import type { RemoteHost, SshTarget } from "../remote/remote-host.js";
import type { PlannedNode } from "../model/topology/topology.js";
import { proxySecrets } from "../model/spec/proxy-password.js";
import type { Fleet, FleetInput } from "../engine/fleet.js";
import type { NodeSession } from "../engine/node-session.js";
import { result } from "../engine/result.js";
import { tellLines } from "../engine/tell-lines.js";
import { asPart, PREPARED, runningStep } from "../engine/timeline.js";
import type { ConnectOptions } from "../machines/connect.js";
import { afterPreparation, preparation, refuseUnfit } from "./preparation.js";

/** Milliseconds that sshd may take to answer after the provider reports the machine as running. */
const BOOT_PATIENCE = 120_000;
/**
 * Milliseconds: a plain node installs some hundred megabytes, perhaps on an emulated machine and from a slow mirror.
 */
const PREPARE_LIMIT = 30 * 60_000;

interface Boot {
  readonly ready: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The ssh connections of one run; see {@link Fleet}. */
export class NodeFleet implements Fleet {
  readonly #input: FleetInput;
  readonly #sessions = new Map<string, Promise<NodeSession>>();
  readonly #prepared = new Map<string, Promise<NodeSession>>();
  readonly #boots = new Map<string, Boot>();
  readonly #lookedAt = new Set<string>();
  readonly #hosts: RemoteHost[] = [];
  /** Nodes that are being started or prepared, and the step that has set that going. */
  readonly #underWay = new Map<string, string | undefined>();
  #starting: Promise<void> = Promise.resolve();

  constructor(input: FleetInput) {
    this.#input = input;
  }

  /**
   * Connects to what answers already of all nodes, or of these, unless they were looked at before, and starts the rest
   * in the background. Returns the names that are being started.
   */
  async start(nodes: readonly PlannedNode[] = this.#input.topology.nodes): Promise<readonly string[]> {
    const { machines, signal, progress } = this.#input;
    await Promise.all(nodes.filter(({ name }) => !this.#lookedAt.has(name)).map((node) => this.#lookAt(node)));
    // A host that does not answer is known to have failed; only machines of ours can be started.
    const missing = nodes.filter(({ name }) => !this.#sessions.has(name));
    for (const node of missing) this.#boots.set(node.name, newBoot());
    if (missing.length > 0) {
      const names = missing.map((node) => node.name);
      this.#input.log.persist();
      this.#starting = machines
        .start(names, {
          signal,
          onReady: (name) => this.#boots.get(name)?.resolve(),
          onActivity: (name, text) => (name === undefined ? progress.detail(text) : progress.node(name, text)),
        })
        .then(() => this.#finishBoots(names, undefined))
        .catch((error: unknown) => this.#finishBoots(names, error));
    }
    for (const node of nodes) void this.prepared(node).catch(() => undefined);
    return missing.map((node) => node.name);
  }

  /** Connects to the nodes that answer, in their order, undefined for the others; starts and changes nothing. */
  async look(nodes = this.#input.topology.nodes): Promise<readonly (NodeSession | undefined)[]> {
    return Promise.all(nodes.map((node) => this.#lookAt(node).catch((): undefined => undefined)));
  }

  /** Like {@link look}, for operations that prepare nothing: each node that answers counts as prepared. */
  async observe(nodes = this.#input.topology.nodes): Promise<readonly (NodeSession | undefined)[]> {
    const sessions = await this.look(nodes);
    for (const session of sessions) if (session) this.#prepared.set(session.node.name, Promise.resolve(session));
    return sessions;
  }

  async #lookAt(node: PlannedNode): Promise<NodeSession | undefined> {
    const session = await this.#connectDirectly(node);
    this.#lookedAt.add(node.name);
    if (session) this.#sessions.set(node.name, Promise.resolve(session));
    return session;
  }

  #finishBoots(names: readonly string[], error: unknown): void {
    for (const name of names) {
      const boot = this.#boots.get(name);
      if (error === undefined) boot?.resolve();
      else boot?.reject(error);
    }
  }

  /** The node, connected and observed. */
  session(node: PlannedNode): Promise<NodeSession> {
    const known = this.#sessions.get(node.name);
    if (known) return known;
    const session = this.#connectBooted(node);
    session.catch(() => undefined);
    this.#sessions.set(node.name, session);
    return session;
  }

  /** The node, fit for Kubernetes: every fatal condition of `shared.sh` holds. */
  prepared(node: PlannedNode): Promise<NodeSession> {
    const known = this.#prepared.get(node.name);
    if (known && this.#underWay.has(node.name) && this.#underWay.get(node.name) !== runningStep()) {
      const wait = { node: node.name, part: PREPARED, waitsFor: `${node.name} to be fit for Kubernetes` };
      return asPart(this.#input.log, wait, () => known);
    }
    if (known) return known;
    const prepared = this.session(node).then((session) => this.#prepare(session));
    this.#underWay.set(node.name, runningStep());
    prepared.catch(() => undefined).finally(() => this.#underWay.delete(node.name));
    this.#prepared.set(node.name, prepared);
    return prepared;
  }

  /** Names of nodes that are still being started or prepared; {@link close} waits for them. */
  underWay(): readonly string[] {
    return [...this.#underWay.keys()];
  }

  /** Waits for what was started in the background and ends all connections. */
  async close(): Promise<void> {
    await this.#starting;
    await Promise.allSettled([...this.#prepared.values(), ...this.#sessions.values()]);
    await Promise.allSettled(this.#hosts.map((host) => host.close()));
  }

  /** What the variables of the node scripts are made of. */
  nodeInput(session: Pick<NodeSession, "node" | "target">): NodeInput {
    const { topology, spec, caFingerprint, proxyCa, machines } = this.#input;
    const sshAccess = machines.sshAccess(session.target);
    const { nameservers } = machines;
    return {
      ...{ topology, spec, node: session.node, caFingerprint },
      ...(proxyCa === undefined ? {} : { proxyCa }),
      ...(sshAccess ? { sshAccess } : {}),
      ...(nameservers ? { nameservers } : {}),
    };
  }

  async #connectDirectly(node: PlannedNode): Promise<NodeSession | undefined> {
    const target = await this.#input.machines.directTarget(node);
    if (target === undefined) return undefined;
    const hosts = this.#input.topology.identity.provider === "hosts";
    this.#input.progress.node(node.name, "connecting");
    try {
      return await this.#open(node, target, hosts ? 10_000 : 0);
    } catch (error) {
      this.#input.signal.throwIfAborted();
      if (hosts) {
        const failed = new Promise<NodeSession>((_, onFailure) => {
          onFailure(error instanceof Error ? error : new Error(messageOf(error)));
        });
        failed.catch(() => undefined);
        this.#sessions.set(node.name, failed);
        return undefined;
      }
      this.#input.progress.detail(`${node.name}: ${(error as Error).message}`);
      return undefined;
    }
  }

  async #connectBooted(node: PlannedNode): Promise<NodeSession> {
    const boot = this.#boots.get(node.name);
    const wait = { node: node.name, part: "boot", waitsFor: "its machine" };
    if (boot !== undefined) await asPart(this.#input.log, wait, () => boot.ready);
    const target = await this.#input.machines.target(node);
    this.#input.progress.node(node.name, "connecting");
    return this.#open(node, target, BOOT_PATIENCE);
  }

  async #open(node: PlannedNode, target: SshTarget, patience: number): Promise<NodeSession> {
    const { connect, paths, signal, progress, log, scripts } = this.#input;
    const options: ConnectOptions = {
      paths,
      signal,
      patience,
      log: (line) => log.write(node.name, line),
      onReason: (reason) => progress.node(node.name, `connecting: ${reason}`),
      onPinned: (name, fingerprint) => progress.info(`${name}: host key ${fingerprint} pinned`),
    };
    const { name } = node;
    const reaching = { node: name, part: "connect", waitsFor: "ssh" };
    const host = this.#loggedHost(await asPart(log, reaching, () => connect(target, options)));
    this.#hosts.push(host);
    const { shared } = await scripts();
    const variables = sharedVariables(this.nodeInput({ node, target }));
    const looking = { node: name, part: "facts", waitsFor: null };
    const observed = await asPart(log, looking, () => observeNode(host, shared, variables, signal));
    log.writeEvent({ kind: "clock", node: name, offset: Number(observed.clockOffset.toFixed(3)) });
    return { node, host, target, newMachineId: result(), ...observed };
  }

  /** Persists the run's log at the first command that may change something. */
  #loggedHost(host: RemoteHost): RemoteHost {
    const { log, spec } = this.#input;
    const hidden = proxySecrets(spec);
    return {
      name: host.name,
      run: (command) => {
        if (command.readOnly !== true) log.persist();
        return host.run(
          hidden.length === 0 ? command : { ...command, secrets: [...(command.secrets ?? []), ...hidden] },
        );
      },
      putFile: (path, content, options) => {
        log.persist();
        return host.putFile(path, content, options);
      },
      openPort: (address, port) => host.openPort(address, port),
      close: () => host.close(),
    };
  }

  async #prepare(session: NodeSession): Promise<NodeSession> {
    const { node, facts, host } = session;
    const { machines } = this.#input;
    refuseUnfit(session, machines);
    if (preparation(session, machines).length === 0) {
      this.#input.progress.node(node.name, "fit");
      return session;
    }
    const { shared } = await this.#input.scripts();
    const { progress, log, signal } = this.#input;
    const result = await tellLines({ progress, log, name: node.name, activity: "preparing" }, (onLine) =>
      runNodeScript(host, {
        name: "shared.sh",
        script: shared,
        variables: sharedVariables(
          this.nodeInput(session),
          machines.capabilities.managesClock ? session.clockReference : undefined,
        ),
        timeout: PREPARE_LIMIT,
        ...{ signal, onLine },
      }),
    );
    for (const warning of result.warnings) progress.warn(`${node.name}: ${warning}`);
    if (result.changed.includes("clock")) log.writeEvent({ kind: "clock", node: node.name, offset: 0 });
    progress.node(node.name, "prepared");
    return { ...session, facts: afterPreparation(facts, result.changed) };
  }
}

function newBoot(): Boot {
  let resolve = (): void => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const ready = new Promise<void>((onReady, onFailure) => {
    resolve = onReady;
    reject = onFailure;
  });
  ready.catch(() => undefined);
  return { ready, resolve, reject };
}
