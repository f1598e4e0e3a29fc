import { cpSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import {
  eventually,
  initDocuments,
  joinDocument,
  kubectl,
  pinOf,
  practiceImage,
  practiceNode,
  type PracticeNode,
  type Ran,
} from "./support.js";

const SHARED = ["ca.crt", "ca.key", "sa.key", "sa.pub", "front-proxy-ca.crt", "front-proxy-ca.key", "etcd"];
const OF_ONE_MASTER = ["server", "peer", "healthcheck-client"].flatMap((name) => [`${name}.crt`, `${name}.key`]);

/** etcdctl's flags for a member of kubeadm's. */
export const ETCDCTL = [
  "etcdctl",
  "--endpoints=https://127.0.0.1:2379",
  "--cacert=/etc/kubernetes/pki/etcd/ca.crt",
  "--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt",
  "--key=/etc/kubernetes/pki/etcd/healthcheck-client.key",
];

/** A name that leads to several masters: on one machine a port that leads to the first of them that listens. */
class Endpoint {
  readonly masters: PracticeNode[] = [];
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor() {
    this.#server = createServer((client) => {
      this.#open.add(client.on("error", () => undefined));
      this.#lead(client, [...this.masters]);
    }).listen(0, "127.0.0.1");
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #lead(client: Socket, left: PracticeNode[]): void {
    const master = left.shift();
    if (master === undefined) {
      client.destroy();
      return;
    }
    const there = connect(master.apiPort, "127.0.0.1");
    this.#open.add(there);
    there.once("connect", () => client.pipe(there).pipe(client));
    there.on("error", () => {
      if (there.readyState === "open" || there.bytesRead > 0) client.destroy();
      else this.#lead(client, left);
    });
    there.on("close", () => there.bytesRead > 0 && client.destroy());
    client.on("close", () => there.destroy());
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }
}

/** A cluster whose masters are to be several. */
export class Masters {
  readonly endpoint = new Endpoint();
  readonly nodes: PracticeNode[] = [];
  readonly #image: string;
  #pin = "";

  constructor(version?: string) {
    this.#image = practiceImage(version);
  }

  /** Makes the first master; `edit` changes its documents. */
  async first(edit: (text: string) => string = (text) => text): Promise<PracticeNode> {
    const node = await this.node();
    this.endpoint.masters.push(node);
    const through = (text: string): string =>
      edit(text.replace(/controlPlaneEndpoint: .*/, `controlPlaneEndpoint: localhost:${String(this.endpoint.port)}`));
    const done = await node.run("kubeadm", ["init", "--config", initDocuments(node, through)]);
    if (done.code !== 0) throw new Error(done.stderr);
    this.#pin = pinOf(done.stdout);
    return node;
  }

  /** A machine with a runtime. */
  async node(): Promise<PracticeNode> {
    const node = await practiceNode(this.#image);
    this.nodes.push(node);
    await node.startRuntime();
    return node;
  }

  /** Copies what masters share, as a person would by hand. */
  share(from: PracticeNode, to: PracticeNode): void {
    const pki = (node: PracticeNode): string => join(node.root, "etc/kubernetes/pki");
    mkdirSync(pki(to), { recursive: true });
    for (const name of SHARED) cpSync(join(pki(from), name), join(pki(to), name), { recursive: true });
    for (const name of OF_ONE_MASTER) rmSync(join(pki(to), "etcd", name));
  }

  /** `kubeadm join` of a minion, or with `master` of a master, through the endpoint. */
  join(
    node: PracticeNode,
    name: string,
    master: boolean,
    edit: (text: string) => string = (text) => text,
  ): Promise<Ran> {
    const local = `controlPlane:\n  localAPIEndpoint: {advertiseAddress: 127.0.0.1, bindPort: ${String(node.apiPort)}}\n`;
    const through = (text: string): string =>
      edit(
        text
          .replace(/apiServerEndpoint: .*/, `apiServerEndpoint: localhost:${String(this.endpoint.port)}`)
          .replace("minion1.example.com", name)
          .replace("discovery: 1s", "discovery: 20s\n  etcdAPICall: 20s") + (master ? local : ""),
      );
    return node.run("kubeadm", ["join", "--config", joinDocument(node, node, this.#pin, through)]);
  }

  /** Makes a further master, ready for kubectl. */
  async further(name: string, from = this.nodes[0]): Promise<PracticeNode> {
    const node = await this.node();
    if (from !== undefined) this.share(from, node);
    const ran = await this.join(node, name, true);
    if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr + logs(node));
    this.endpoint.masters.push(node);
    return node;
  }

  /** The real kubectl against that master's own API. */
  ask(node: PracticeNode, ...args: string[]): Promise<Ran> {
    return kubectl(node, ["--server", `https://127.0.0.1:${String(node.apiPort)}`, ...args]);
  }

  /** etcdctl in the etcd container of that master. */
  async etcdctl(node: PracticeNode, ...args: string[]): Promise<Ran> {
    let id = "";
    await eventually(async () => {
      id = (await node.run("crictl", ["ps", "--name", "^etcd$", "--state", "Running", "-q"])).stdout.trim();
      return id !== "";
    }, "an etcd container");
    return node.run("crictl", ["exec", id, ...ETCDCTL, ...args]);
  }

  /** The member list as rows of cells. */
  async members(node: PracticeNode): Promise<string[][]> {
    const ran = await this.etcdctl(node, "member", "list");
    return ran.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(", "));
  }

  dispose(): void {
    this.endpoint.close();
    for (const node of this.nodes) node.dispose();
    rmSync(this.#image, { recursive: true });
  }
}

/** What the kubelet and the API server of a machine have to say. */
function logs(node: PracticeNode): string {
  const files = ["kubelet.log", "var/log/practice/kube-apiserver.log"].filter((file) => node.has(file));
  return files.map((file) => `\n${file}:\n${node.read(file)}`).join("");
}

/** Pulls the plug: nothing gets a chance to say good-bye. */
export function powerOff(node: PracticeNode): void {
  for (const file of ["kubelet.pid", "run/practice/kube-apiserver.pid"]) {
    if (!node.has(file)) continue;
    process.kill(Number(node.read(file)), "SIGKILL");
    rmSync(join(node.root, file));
  }
}

/** The machine boots again; its disk is as it was. */
export async function powerOn(node: PracticeNode): Promise<void> {
  await node.run("rc-service", ["kubelet", "start"]);
}
