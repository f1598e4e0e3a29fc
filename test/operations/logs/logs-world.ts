import type { Tools } from "../../../src/engine/tools.js";
import { up } from "../../../src/operations/up/up.js";
import type { RemoteCommand } from "../../../src/remote/remote-host.js";
import type { KubeObject } from "../../../src/kube/kube-object.js";
import { FakeWorld } from "../fake-world.js";
import type { RunInput } from "../../../src/engine/run-input.js";

export const SPEC = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  proxy: { http: "http://joe:hunter2@proxy.example.com:3128" }
  addons: [{ name: canal, manifest: network.yaml }]
`;

/** An event as the API returns it. */
export function event(uid: string, time: string, message: string, more: object = {}): KubeObject {
  return {
    ...{ apiVersion: "v1", kind: "Event" },
    metadata: { name: `web.${uid}`, uid, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
    involvedObject: { kind: "Pod", namespace: "default", name: "web" },
    ...{ type: "Normal", reason: "Pulled", message, lastTimestamp: time, count: 1 },
    ...more,
  };
}

/** A running cluster; its nodes have logs and its API has events. */
export class LogsWorld {
  /** Lines by node and log, `minion1 kubelet`; without an entry the file is absent. */
  readonly files = new Map<string, string[]>();
  readonly off = new Set<string>();
  /** The API's answer; a text is the reason why it does not answer. */
  events: KubeObject[] | string = [];
  readonly commands: (RemoteCommand & { readonly node: string })[] = [];
  readonly lost = new Map<string, Error>();
  /** Called each time the events are listed. */
  onLook: () => void = () => undefined;

  constructor(readonly world: FakeWorld) {}

  static async create(spec = SPEC): Promise<LogsWorld> {
    const world = await FakeWorld.create(spec);
    const { signal } = new AbortController();
    await up({ folder: world.folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
    world.transcript.splice(0);
    return new LogsWorld(world);
  }

  input(signal = new AbortController().signal): RunInput {
    return { folder: this.world.folder, tools: this.tools(), progress: this.world.progress(), signal };
  }

  tools(): Tools {
    const tools = this.world.tools();
    return {
      ...tools,
      connect: async (target, options) => {
        if (this.off.has(target.name)) throw new Error(`${target.name}: no ssh connection`);
        const host = await tools.connect(target, options);
        return {
          ...host,
          run: (command) => (command.name.endsWith(" log") ? this.#log(target.name, command) : host.run(command)),
        };
      },
      machines: async (input) => {
        const machines = await tools.machines(input);
        return {
          ...machines,
          states: async () =>
            new Map(
              [...(await machines.states())].map(([name, state]) => [name, this.off.has(name) ? "halted" : state]),
            ),
        };
      },
      kube: async (input) => {
        const kube = await tools.kube(input);
        return {
          ...kube,
          list: (path) => {
            if (path !== "/api/v1/events") return kube.list(path);
            this.onLook();
            return typeof this.events === "string"
              ? Promise.reject(new Error(this.events))
              : Promise.resolve(this.events);
          },
        };
      },
    };
  }

  async #log(node: string, command: RemoteCommand): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    this.commands.push({ ...command, node });
    const lost = this.lost.get(node);
    if (lost) throw lost;
    const log = command.variables?.["LOG"] ?? "";
    const all = this.files.get(`${node} ${log}`);
    const wanted = Number(command.variables?.["LOG_LINES"]);
    const lines = wanted === 0 ? [] : (all?.slice(-wanted) ?? []);
    if (!command.name.startsWith("follow ")) {
      const stdout = all === undefined ? `absent /var/log/${log}\n` : `file /var/log/${log}\n${text(lines)}`;
      return { exitCode: 0, stdout, stderr: "" };
    }
    for (const line of lines) command.onLine?.(line, "stdout");
    await new Promise((_, reject) => {
      command.signal?.addEventListener("abort", () => reject(command.signal?.reason as Error), { once: true });
      if (command.signal?.aborted === true) reject(command.signal.reason as Error);
    });
    return { exitCode: 0, stdout: "", stderr: "" };
  }
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
