import type { HostEntry } from "../../../../src/model/spec/cluster-spec.js";
import type { CommandName, Wanted } from "../stories.js";

/** A machine of the spec in a story: `name` is the node's name, `host` the machine's entry in the spec. */
export interface Cast {
  readonly name: string;
  readonly role: "master" | "minion";
  readonly host: HostEntry;
}

/**
 * The machines of a story, in the order of the spec: masters are masters of the spec; minions and spares are its
 * minions and then the remaining masters. Precondition: {@link whyNot} returns undefined.
 */
export function castOf(wanted: Wanted, hosts: readonly HostEntry[]): readonly Cast[] {
  const masters = hosts.filter(({ role }) => role === "master");
  const others = [...hosts.filter(({ role }) => role === "minion"), ...masters.slice(wanted.masters)];
  const row = (from: readonly HostEntry[], count: number, role: Cast["role"], label: string): Cast[] =>
    from.slice(0, count).map((host, index) => ({ name: `${label}${index + 1}`, role, host }));
  return [
    ...row(masters, wanted.masters, "master", "master"),
    ...row(others, wanted.minions, "minion", "minion"),
    ...row(others.slice(wanted.minions), wanted.spares ?? 0, "minion", "spare"),
  ];
}

/** Why a story cannot run on these machines with these commands; undefined when it can. */
export function whyNot(
  wanted: Wanted,
  hosts: readonly HostEntry[],
  commands: Readonly<Partial<Record<CommandName, string>>>,
): string | undefined {
  const masters = hosts.filter(({ role }) => role === "master").length;
  const all = wanted.masters + wanted.minions + (wanted.spares ?? 0);
  const missing = wanted.commands.filter((name) => commands[name] === undefined);
  const reasons = [
    ...(masters < wanted.masters ? [`it needs ${wanted.masters} masters, the spec has ${masters}`] : []),
    ...(hosts.length < all ? [`it needs ${all} machines, the spec has ${hosts.length}`] : []),
    ...(missing.length > 0 ? [`it needs ${missing.map((name) => `--${name}`).join(" and ")}`] : []),
  ];
  return reasons.length === 0 ? undefined : reasons.join("; ");
}
