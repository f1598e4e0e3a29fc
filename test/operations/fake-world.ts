import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tools } from "../../src/engine/tools.js";
import type { Machines, StartEvents } from "../../src/machines/machines.js";
import type { KubeObject } from "../../src/kube/kube-api.js";
import type { Progress } from "../../src/base/progress.js";
import type { RemoteCommand, RemoteHost, RemoteResult, SshTarget } from "../../src/remote/remote-host.js";
import type { PlannedNode } from "../../src/model/topology/topology.js";
import type { LocalSystem } from "../../src/base/local-system.js";
import { NodeFleet } from "../../src/nodes/node-fleet.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { ADDONS_RECORD, fakeApi } from "./fake-api.js";
import { worldProgress } from "./fake-progress.js";
import { FakeAddress } from "./fake-address.js";
import { FakeEtcd } from "./fake-etcd.js";
import { NETWORK, networkObject, NETWORK_PATH, sha256, SHARED_PKI } from "./fake-texts.js";
import type { FakeMachine } from "./fake-machine.js";
import { factsOf, newMachine, offsetAfterStep, resultLine, servingIn, stateOf } from "./fake-machine.js";
import { quickClock } from "../fakes/quick-clock.js";
import { issueAdminConf } from "../fakes/admin-conf.js";
import type { ClusterCa } from "../../src/pki/ca.js";

export { SPEC } from "./fake-texts.js";

type Failure = { exitCode: number; stderr: string };

/**
 * A world without machines: real operations run on it, and every command is recorded as `step / host$ command`.
 * It refuses unknown commands and API paths.
 */
export class FakeWorld {
  readonly machines = new Map<string, FakeMachine>();
  readonly transcript: string[] = [];
  readonly warnings: string[] = [];
  /** What steps have told that they wait for. */
  readonly reasons: string[] = [];
  readonly failures = new Map<string, Failure>();
  /** Called before each recorded command; here tests abort a run or break something. */
  onCommand: (line: string) => void = () => undefined;
  /** The API's objects, by path. */
  readonly objects = new Map<string, KubeObject>();
  readonly etcd = new FakeEtcd();
  /** Whether masters have the key of the cluster's CA. */
  hasCaKey = true;
  /** What kubelets have told of images that they pulled. */
  pulledEvents: KubeObject[] = [];
  /** Bootstrap tokens that the API knows, and those that nodes joined with. */
  readonly tokens = new Set<string>();
  readonly joins: { readonly name: string; readonly token: string; readonly wasKnown: boolean }[] = [];
  readonly address = new FakeAddress();
  /** Why this computer does not reach the API directly. */
  apiFailure: Error | undefined;
  adminConf = "";
  /** kubeadm's configuration that the cluster was made with. */
  initConfig = "";
  /** The token that the cluster was made with. */
  initToken = "";
  readonly #step = new AsyncLocalStorage<string>();
  #last = "";
  /** The computer that operations run on: in order unless a test changes it. */
  computer: LocalSystem = fakeComputer();

  constructor(readonly folder: string) {}

  static async create(spec: string): Promise<FakeWorld> {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-world-"));
    await writeFile(join(folder, "alpine-k8s.yaml"), spec);
    await writeFile(join(folder, "network.yaml"), NETWORK);
    return new FakeWorld(folder);
  }

  machine(name: string): FakeMachine {
    const known = this.machines.get(name);
    if (known) return known;
    const made = newMachine();
    this.machines.set(name, made);
    return made;
  }

  record(line: string): void {
    this.transcript.push(`${this.step} / ${line}`);
    this.onCommand(line);
  }

  /** The title of the step that runs where this is asked, as steps run side by side; outside of steps, of the last one. */
  get step(): string {
    return this.#step.getStore() ?? this.#last;
  }

  set step(title: string) {
    this.#last = title;
    this.#step.enterWith(title);
  }

  progress(): Progress {
    return worldProgress(this);
  }

  tools(): Tools {
    return {
      clock: quickClock(),
      computer: this.computer,
      discoverDefaults: () => Promise.resolve({ vagrantProvider: "libvirt", kubernetesVersion: "v1.36.1" }),
      connect: (target) => this.#connect(target),
      machines: ({ identity }) => Promise.resolve(this.#machines(identity.provider === "vagrant")),
      kube: (input) =>
        this.apiFailure === undefined || input.through
          ? Promise.resolve(fakeApi(this))
          : Promise.reject(this.apiFailure),
      fleet: (input) => Promise.resolve(new NodeFleet(input)),
      manifest: () => Promise.resolve({ text: NETWORK, source: "network.yaml" }),
      catalogueFile: ({ url }) => Promise.reject(new Error(`no test has told what ${url} gives`)),
    };
  }

  #machines(isVagrant: boolean): Machines {
    const target = (node: PlannedNode): SshTarget => {
      const { name, address } = node;
      this.machine(name).address = address;
      return { name, address, port: 22, user: "vagrant", become: "auto", privateKeys: [], hostKey: "" };
    };
    return {
      capabilities: { ownKernel: true, managesClock: isVagrant, inOurNetwork: isVagrant },
      checkPrerequisites: () => Promise.resolve(),
      existing: () => Promise.resolve([...this.machines].filter(([, one]) => one.exists).map(([name]) => name)),
      directTarget: (node) => Promise.resolve(this.machine(node.name).running || !isVagrant ? target(node) : undefined),
      target: (node) => Promise.resolve(target(node)),
      states: () => Promise.resolve(new Map([...this.machines].map(([name, one]) => [name, stateOf(one)]))),
      start: (names, events) => this.#start(names, events),
      sshAccess: () => undefined,
      halt: (names) => this.#each("halt", names, { running: false }),
      destroy: (names) => this.#each("destroy", names, { running: false, exists: false, state: "clean" }),
    };
  }

  async #start(names: readonly string[], events: StartEvents): Promise<void> {
    this.record(`vagrant up ${names.join(" ")}`);
    for (const name of names) {
      await Promise.resolve();
      events.signal.throwIfAborted();
      Object.assign(this.machine(name), { running: true, exists: true });
      events.onReady(name);
    }
  }

  #each(verb: string, names: readonly string[], change: Partial<FakeMachine>): Promise<void> {
    this.record(`vagrant ${verb} ${names.join(" ")}`);
    for (const name of names) Object.assign(this.machine(name), change);
    return Promise.resolve();
  }

  #connect(target: SshTarget): Promise<RemoteHost> {
    const { name } = target;
    return Promise.resolve({
      name,
      run: (command) => this.#run(name, command),
      putFile: (path, content) => {
        this.record(`${name} put ${path}`);
        if (path === "/etc/alpine-k8s/network.yaml") this.networkSha256 = sha256(content);
        if (path === "/etc/machine-id") this.machine(name).facts["machine_id"] = String(content).trimEnd();
        return Promise.resolve("written" as const);
      },
      openPort: () => Promise.reject(new Error(`${name} was not told about ports`)),
      close: () => Promise.resolve(),
    });
  }

  /** Of the manifest that a master was given last. */
  networkSha256 = "";

  async #run(name: string, command: RemoteCommand): Promise<RemoteResult> {
    const variables = command.variables ?? {};
    this.record(`${name}$ ${command.name}${command.readOnly === true ? " (read only)" : ""}`);
    command.signal?.throwIfAborted();
    const failure = this.failures.get(`${name}$ ${command.name}`);
    if (failure) throw Object.assign(new Error("failed"), { stdout: "", ...failure });
    const answer = await this.#answer(name, command.name, variables);
    command.signal?.throwIfAborted();
    return { exitCode: 0, stdout: answer, stderr: "" };
  }

  async #answer(name: string, command: string, variables: Readonly<Record<string, string>>): Promise<string> {
    const machine = this.machine(name);
    switch (command) {
      case "facts":
        return factsOf(machine, this.#adminCertificate());
      case "shared.sh":
        if (variables["AK8S_CLOCK_EPOCH"] !== "") machine.clockOffset = offsetAfterStep(variables);
        machine.met = [...new Set([...machine.met, ...machine.unmet])];
        return resultLine("shared", machine.unmet.splice(0));
      case "master.sh":
        return this.#makeMaster(name, variables);
      case "reach the API":
        return machine.reaches;
      case "minion.sh":
        return this.#join(name, variables);
      case "serving.sh":
        machine.serving = servingIn(variables);
        return resultLine("serving", ["kubelet-certificate"]);
      case "reset.sh":
        Object.assign(machine, { state: "clean", role: "none", kubelet: "none", api: "none", serving: "" });
        return resultLine("reset", ["reset"]);
      case "certs.sh":
        await this.issue(365);
        machine.facts = {};
        return resultLine("certs", ["certificates", "kube-apiserver"]);
      case "restart kubelet":
        machine.forgotten = false;
        return "";
      case "admin.conf":
        return this.adminConf;
      default:
        return this.#answerOfMaster(name, command, variables);
    }
  }

  async #makeMaster(name: string, variables: Readonly<Record<string, string>>): Promise<string> {
    return variables["AK8S_JOIN"] === "1"
      ? this.#joinAsMaster(name, variables)
      : this.#init(this.machine(name), variables);
  }

  #answerOfMaster(name: string, command: string, variables: Readonly<Record<string, string>>): string {
    if (command === "virtual-address.sh") return this.address.act(name, this.machine(name), variables);
    if (this.machine(name).api === "none") throw new Error(`${name} is no master and knows no command ${command}`);
    switch (command) {
      case "key of the CA":
        return this.hasCaKey ? this.#ca.key : "";
      case "shared certificates":
        return `${SHARED_PKI}\n`;
      case "etcd members":
        return this.etcd.list(name);
      case "etcd metrics":
        return this.etcd.metrics();
      case "etcd member remove":
        return this.etcd.remove(name, variables["AK8S_MEMBER"] ?? "");
      default:
        throw new Error(`the fake world knows no command ${command}`);
    }
  }

  #join(name: string, variables: Readonly<Record<string, string>>): string {
    const machine = this.machine(name);
    const token = variables["AK8S_TOKEN"] ?? "";
    this.joins.push({ name, token, wasKnown: this.tokens.has(token) });
    if (machine.state !== "finished") machine.serving = servingIn(variables);
    Object.assign(machine, { state: "finished", role: "minion", kubelet: "ok" });
    return resultLine("minion", ["join"]);
  }

  #joinAsMaster(name: string, variables: Readonly<Record<string, string>>): string {
    const machine = this.machine(name);
    if (machine.state !== "finished") {
      if (variables["AK8S_PKI_B64"] !== SHARED_PKI.replace("\n", "")) throw new Error("the certificates are not those");
      this.#join(name, variables);
      this.etcd.add(variables["AK8S_NODE_FQDN"] ?? "", variables["AK8S_NODE_ADDRESS"] ?? "");
    }
    Object.assign(machine, { state: "finished", role: "master", kubelet: "ok", api: "ok" });
    return resultLine("master", ["join"]);
  }

  #ca: ClusterCa = { certificate: "", key: "" };

  /** Gives master1's admin.conf a certificate that is valid for `days`. */
  async issue(days: number): Promise<void> {
    this.adminConf = await issueAdminConf(this.#ca, days);
  }

  async #init(machine: FakeMachine, variables: Readonly<Record<string, string>>): Promise<string> {
    const decoded = (name: string): string => Buffer.from(variables[name] ?? "", "base64").toString();
    const wasNew = machine.state !== "finished";
    if (wasNew) {
      this.objects.delete(ADDONS_RECORD);
      this.#ca = { certificate: decoded("AK8S_CA_CRT_B64"), key: decoded("AK8S_CA_KEY_B64") };
      await this.issue(365);
      machine.serving = servingIn(variables);
      this.initConfig = decoded("AK8S_KUBEADM_CONFIG_B64");
      this.initToken = variables["AK8S_TOKEN"] ?? "";
      this.etcd.add(variables["AK8S_NODE_FQDN"] ?? "", variables["AK8S_NODE_ADDRESS"] ?? "");
    }
    Object.assign(machine, { state: "finished", role: "master", kubelet: "ok", api: "ok" });
    if (!machine.kubectl) return resultLine("master", ["init", "dns"]);
    const isApplied = machine.networkSha256 === this.networkSha256;
    machine.networkSha256 = this.networkSha256;
    this.objects.set(NETWORK_PATH, networkObject());
    const isLeft = (wasNew || machine.restLeft) && variables["AK8S_NETWORK_WAIT"] === "0";
    machine.restLeft = isLeft;
    const changed = ["init", ...(isLeft ? [] : ["dns"])];
    return isApplied ? resultLine("master", changed, ["network"]) : resultLine("master", [...changed, "network"]);
  }

  #adminCertificate(): string {
    return /client-certificate-data: "?([A-Za-z0-9+/=]+)/.exec(this.adminConf)?.[1] ?? "none";
  }
}
