import { AlpineK8sError, type ErrorKind } from "../base/errors.js";
import { exitErrorOf, type MachineEvent, spokenLines } from "./machine-readable.js";

interface Explanation {
  readonly pattern: RegExp;
  readonly kind: ErrorKind;
  /** Said before Vagrant's own words. */
  readonly words: string;
  readonly hints: readonly string[];
}

/** Patterns are Vagrant's and its providers' own English words (templates/locales/en.yml there). */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern:
      /another process is already executing an action|because it is locked|lock is being held by another instance/,
    kind: "locked",
    words: "another vagrant process works on the machine",
    hints: ["wait until it has ended, or end it, then run the command again", "see it with: ps -ef | grep vagrant"],
  },
  {
    pattern:
      /domain about to create is already taken|Volume for domain is already created|with (?:the|that) name.*already exists/,
    kind: "conflict",
    words: "the hypervisor has a machine of this name that this folder did not make",
    hints: [
      "when this folder is a copy of another cluster's: delete .alpine-k8s and .vagrant here, then run `alpine-k8s up`",
      "else remove that machine with the hypervisor's own tools",
    ],
  },
  {
    // vagrant-libvirt treats a network with the same addresses as its own, whatever its name is.
    pattern: /Network not found: no network with matching name|Network \S+ exists but does not have dhcp/,
    kind: "conflict",
    words: "another network on this computer has the same addresses",
    hints: [
      "when another cluster uses it, give this one a network of its own: alpine-k8s destroy, set spec.vagrant.network, alpine-k8s up",
      "when it was left over: virsh -c qemu:///system net-list --all shows it; net-destroy NAME and net-undefine NAME remove it",
    ],
  },
  {
    pattern: /Pool overlaps with other one on this address space/,
    kind: "conflict",
    words: "another network on this computer has the same addresses",
    hints: [
      "see whose it is: docker network ls, then docker network inspect NAME; docker network rm NAME removes one that was left over",
      "or give this cluster a network of its own: alpine-k8s destroy, set spec.vagrant.network, alpine-k8s up",
    ],
  },
  {
    pattern: /The container name "[^"]*" is already in use/,
    kind: "conflict",
    words: "Docker has a container of this name that this folder did not make",
    hints: [
      "when this folder is a copy of another cluster's: delete .alpine-k8s and .vagrant here, then run `alpine-k8s up`",
      "when it was left over: docker rm --force --volumes NAME",
    ],
  },
  {
    pattern: /Unable to find image|pull access denied|manifest (?:for .* not found|unknown)|No such image/,
    kind: "prerequisite",
    words: "Docker does not have the image of the nodes, and cannot pull it",
    hints: [
      "docker pull IMAGE",
      "correct spec.vagrant.image in alpine-k8s.yaml; docs/providers.md says what an image has to carry",
    ],
  },
  {
    pattern: /Error while connecting to Libvirt/i,
    kind: "prerequisite",
    words: "libvirt does not answer",
    hints: ["check it with: virsh -c qemu:///system list", "start libvirtd, and be in the group libvirt"],
  },
  {
    pattern:
      /isn't usable on this system|provider '[^']*' could not be found|No usable default provider|could not detect VirtualBox/,
    kind: "prerequisite",
    words: "the Vagrant provider cannot be used on this computer",
    hints: ["see docs/providers.md for what each provider needs", "use machines that exist already: provider: hosts"],
  },
  {
    pattern:
      /box '[^']*' (?:could not be found|does not exist|isn't installed)|Couldn't open file|error occurred while downloading the remote file/i,
    kind: "prerequisite",
    words: "the box is not available",
    hints: ["vagrant box list", "give its place in alpine-k8s.yaml: spec.vagrant.boxUrl (and boxSha256)"],
  },
  {
    pattern: /checksum of the downloaded box did not match/i,
    kind: "node",
    words: "the box is not the one that the spec names",
    hints: ["compare spec.vagrant.boxSha256 with the sum that the box's maker publishes"],
  },
  {
    pattern:
      /syntax error in the following Vagrantfile|error loading a Vagrantfile|errors in the configuration of this machine/,
    kind: "usage",
    words: "Vagrant does not accept the Vagrantfile",
    hints: ["vagrant validate", "alpine-k8s render --force  (makes it anew, keeps a backup)"],
  },
  {
    pattern: /Timed out while waiting for the machine to boot/,
    kind: "timeout",
    words: "the machine did not become reachable by ssh",
    hints: ["look at its console in the hypervisor", "run `alpine-k8s up` again: it makes the machine anew"],
  },
];

/** Lines of a message that are kept; the whole is in the log. */
const LINES_THAT_MATTER = 12;

/** The error for a failed run of Vagrant: the kind that fits, Vagrant's last lines, and hints. */
export function vagrantFailure(what: string, text: string, name?: string): AlpineK8sError {
  const explanation = EXPLANATIONS.find(({ pattern }) => pattern.test(text.replace(/\s+/g, " ")));
  const lines = text
    .split("\n")
    .map(withoutBacktrace)
    .filter((line) => line.trim() !== "");
  const words = lines.slice(-LINES_THAT_MATTER).join("\n");
  const said = words === "" ? "Vagrant gave no reason" : words;
  const message = explanation ? `${what}: ${explanation.words}\n${said}` : `${what}: ${said}`;
  return new AlpineK8sError(explanation?.kind ?? "node", message, {
    hints: explanation?.hints ?? [
      "look into the log of this run",
      "vagrant status",
      "run the command again: it continues",
    ],
    ...(name === undefined ? {} : { node: name }),
  });
}

/**
 * Removes a line of a Ruby backtrace, `/path/x.rb:7:in `call'`, except for the message that its first line may have.
 */
function withoutBacktrace(line: string): string {
  const trace = /^\s*(?:from\s+)?\S.*?:\d+:in [`'][^']*'(?::\s+(.*))?$/.exec(line);
  return trace === null ? line : (trace[1] ?? "");
}

/** Why a run failed, in Vagrant's words: its error, or else its stderr without backtraces, or else all its messages. */
export function reasonOf(events: readonly MachineEvent[], stderr: string): string {
  const error = exitErrorOf(events);
  if (error) return error.message;
  const plain = stderr.split("\n").map(withoutBacktrace).join("\n").trim();
  if (plain !== "") return plain;
  return events
    .flatMap(spokenLines)
    .map(({ text }) => text)
    .join("\n")
    .trim();
}

const PART =
  /^An (?:unexpected )?error occurred (?:while|when) executing the action on the\s+'([^']+)'\s+machine\. Please [^:]*:$/gm;

/**
 * Splits the message of a run over several machines into the messages of the machines that failed; empty when it is
 * not such a message.
 */
export function failuresByMachine(message: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  const heads = [...message.matchAll(PART)];
  for (const [index, head] of heads.entries()) {
    const text = message.slice(head.index + head[0].length, heads[index + 1]?.index);
    parts.set(head[1] ?? "", text.trim());
  }
  return parts;
}
