import { RemoteCommandError } from "../../src/remote/remote-command-error.js";

export interface FakeMember {
  readonly id: string;
  /** Empty until the member has started. */
  name: string;
  readonly address: string;
  isLearner: boolean;
}

/** The etcd members of a fake world, listed and removed as by etcdctl. */
export class FakeEtcd {
  readonly members: FakeMember[] = [];
  /** The errors of the next etcdctl commands, one for each. */
  readonly failures: string[] = [];
  #added = 0;

  add(name: string, address: string, isLearner = false): FakeMember {
    this.#added += 1;
    const member = { id: `8e9e05c5216469${this.#added.toString(16).padStart(2, "0")}`, name, address, isLearner };
    this.members.push(member);
    return member;
  }

  /** Short names of the members that have a name. */
  names(): string[] {
    return this.members.map(({ name }) => name.split(".")[0] ?? "");
  }

  list(node: string): string {
    this.#fail(node);
    const lines = this.members.map(({ id, name, address, isLearner }) => {
      const clients = name === "" ? "" : `https://${address}:2379`;
      const status = name === "" ? "unstarted" : "started";
      return `${id}, ${status}, ${name}, https://${address}:2380, ${clients}, ${String(isLearner)}\n`;
    });
    return lines.join("");
  }

  remove(node: string, id: string): string {
    this.#fail(node);
    const place = this.members.findIndex((member) => member.id === id);
    if (place === -1) this.#refuse(node, "etcdserver: member not found");
    this.members.splice(place, 1);
    return `Member ${id} removed from cluster cdf818194e3a8c32\n`;
  }

  /** The metrics of a member; members without a name have never started. */
  metrics(): string {
    const started = this.members.filter(({ name }) => name !== "");
    return `etcd_server_has_leader ${started.length > this.members.length / 2 ? 1 : 0}\n`;
  }

  #fail(node: string): void {
    const words = this.failures.shift();
    if (words !== undefined) this.#refuse(node, words);
  }

  #refuse(node: string, words: string): never {
    const stderr = `time="2026-11-21T12:00:00Z" level=warning msg="no config"\nError: ${words}\n`;
    throw new RemoteCommandError({ node, command: "etcd", exitCode: 1, stdout: "", stderr });
  }
}
