import { relative, resolve } from "node:path";
import { Args, Flags } from "@oclif/core";
import { addNodeText } from "../cli/text/add-node.js";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { planFlags } from "../cli/plan-flags.js";
import { parseLabels, parseTaints } from "../cli/node-flags.js";
import { shellWord } from "../base/quote.js";
import type { AddNodeRequest } from "../operations/add-node/choice.js";

export default class AddNode extends BaseCommand {
  static override summary = "Add a node to the running cluster.";
  static override description = withExitCodes(
    "Writes the node into alpine-k8s.yaml (comments stay; without a file a small one is made), boots and prepares the " +
      "machine, and joins it with a token of its own. Without NAME it is the next minion of the row, or the one that an " +
      "earlier run left unfinished. Nothing else in the cluster is touched, but that a new master is made known to every " +
      "node. Can be run again after any failure or Ctrl-C: a node that is in the spec but not in the cluster is continued, a Ready member is left as it is. With provider hosts " +
      "give the machine's --address.",
  );
  static override examples = [
    { description: "the next minion", command: "<%= config.bin %> add-node" },
    { description: "what that would do", command: "<%= config.bin %> add-node --dry-run" },
    { description: "three at once", command: "<%= config.bin %> add-node --count 3" },
    { description: "from one master to three", command: "<%= config.bin %> add-node --role master --count 2" },
    {
      description: "a larger node, for pods that need a disk",
      command: "<%= config.bin %> add-node --cpus 4 --memory 8192 --labels disk=ssd --taints disk=ssd:NoSchedule",
    },
    {
      description: "a machine that exists already (provider: hosts)",
      command: "<%= config.bin %> add-node minion3 --address 203.0.113.9 --user root",
    },
  ];
  static override args = { name: Args.string({ description: "short name; default: the next of the row" }) };
  static override flags = {
    // No default: with NAME a default would count as given.
    count: Flags.integer({ description: "how many; default: 1", min: 1, helpValue: "N" }),
    role: Flags.string({ description: "role of the node; default: minion", options: ["minion", "master"] }),
    cpus: Flags.integer({ description: "CPUs; default: those of the other minions", helpValue: "N" }),
    memory: Flags.integer({ description: "memory in MiB; default: that of the other minions", helpValue: "MIB" }),
    labels: Flags.string({
      description: "Kubernetes labels, instead of those of the minions",
      helpValue: "KEY=VALUE,…",
    }),
    taints: Flags.string({
      description: "Kubernetes taints, instead of those of the minions",
      helpValue: "KEY=VALUE:EFFECT,…",
    }),
    address: Flags.string({
      description: "hosts: where ssh goes; Vagrant: the node's address, when not by its name",
      helpValue: "ADDRESS",
    }),
    "private-address": Flags.string({
      description: "hosts: the node's own address inside the cluster; default: --address",
      helpValue: "IPV4",
    }),
    port: Flags.integer({ description: "hosts: port of ssh; default: 22", helpValue: "PORT" }),
    user: Flags.string({ description: "hosts: login name; default: root", helpValue: "NAME" }),
    become: Flags.string({
      description: "hosts: how the login becomes root; default: auto",
      options: ["auto", "none", "sudo", "doas"],
    }),
    "identity-file": Flags.string({
      description: "hosts: private key; default: the agent and the usual keys",
      helpValue: "FILE",
    }),
    "host-key": Flags.string({
      description: "hosts: the machine's public host key; default: accepted once and pinned",
      helpValue: "KEY",
    }),
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  /** Repeats the arguments: without them the command would add a different node. */
  protected override again(): string {
    return ["add-node", ...this.argv.map(shellWord)].join(" ");
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AddNode);
    const wish = wishOf(args.name, flags);
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planAddNode } = await import("../operations/add-node/add-node.js");
        return planAddNode({ ...input, wish });
      });
    }
    const summary = await this.operate(flags, async (input) => {
      const { addNode } = await import("../operations/add-node/add-node.js");
      return addNode({ ...input, wish });
    });
    this.print(flags, summary, () => addNodeText(summary));
  }
}

type Given = Partial<Record<"dir" | "role" | "labels" | "taints" | "address" | "user" | "become", string>> &
  Partial<Record<"private-address" | "identity-file" | "host-key", string>> &
  Partial<Record<"count" | "cpus" | "memory" | "port", number>>;

function wishOf(
  name: string | undefined,
  flags: { readonly [K in keyof Given]?: Given[K] | undefined },
): AddNodeRequest {
  const { role, cpus, memory, labels, taints } = flags;
  const shape = {
    ...{ cpus, memory },
    labels: labels === undefined ? undefined : parseLabels(labels),
    taints: taints === undefined ? undefined : parseTaints(taints),
  };
  const host = {
    ...{ address: flags.address, privateAddress: flags["private-address"], port: flags.port, user: flags.user },
    ...{ become: flags.become, identityFile: keyFile(flags), hostKey: flags["host-key"] },
  };
  return {
    ...{ name, count: flags.count ?? 1 },
    role: role === "master" || role === "minion" ? role : undefined,
    // Flags that were not given are left out; oclif has checked the words of the others.
    shape: given(shape),
    host: given(host),
  };
}

/** The path is typed relative to the current folder; the spec has it relative to the cluster folder, or absolute. */
function keyFile({
  dir,
  "identity-file": file,
}: { readonly [K in keyof Given]?: Given[K] | undefined }): string | undefined {
  const folder = resolve(dir ?? ".");
  if (file === undefined || file === "" || file.startsWith("~") || file.startsWith("/") || folder === process.cwd())
    return file;
  const inside = relative(folder, resolve(file));
  return inside.startsWith("..") ? resolve(file) : inside;
}

function given(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
