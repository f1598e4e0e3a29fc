import { isDeepStrictEqual } from "node:util";
import { describe, it } from "vitest";
import { parse } from "yaml";
import { addHost, addNodes, removeNode } from "../../src/model/spec/edit-spec.js";
import { file, minion } from "../spec/edit-spec-samples.js";
import { randomSpec, type Dice, type Group, type Value } from "../spec/random-spec.js";
import { randomYaml } from "../spec/random-yaml.js";
import { forAll } from "./cases.js";

/** A generated spec, the spec with a node added, and that with the node removed again. */
interface Case {
  readonly data: Group;
  readonly before: string;
  readonly grown: string;
  readonly shrunk: string;
}

function tryCase(dice: Dice): Case {
  const data = randomSpec(dice);
  const before = randomYaml(dice, data);
  const { hosts, list, count } = nodesIn(data);
  const name = hosts.length + list.length > 0 ? "minion77" : `minion${(count ?? 2) + 1}`;
  const grown =
    hosts.length > 0
      ? addHost(file(before), { ...minion(name), address: "10.0.0.99" })
      : addNodes(file(before), [minion(name)]);
  return { data, before, grown, shrunk: removeNode(file(grown), name) ?? "" };
}

function nodesIn(data: Group): { hosts: readonly Value[]; list: readonly Value[]; count: number | undefined } {
  const { hosts = [], nodes } = data["spec"] as {
    hosts?: Value[];
    nodes?: { list?: Value[]; minions?: { count?: number | null } | null } | null;
  };
  return { hosts, list: nodes?.list ?? [], count: nodes?.minions?.count ?? undefined };
}

/** The data that the edit should give, without regard to the text. */
function withNodeMore(data: Group): Group {
  const { hosts, list, count } = nodesIn(data);
  const spec = data["spec"] as Group;
  if (hosts.length > 0) {
    return { ...data, spec: { ...spec, hosts: [...hosts, { ...minion("minion77"), address: "10.0.0.99" }] } };
  }
  const nodes = (spec["nodes"] ?? {}) as Group;
  const change: Group =
    list.length > 0
      ? { list: [...list, minion("minion77")] }
      : { minions: { ...(nodes["minions"] as Group | null | undefined), count: (count ?? 2) + 1 } };
  return { ...data, spec: { ...spec, nodes: { ...nodes, ...change } } };
}

/** No value of a generated spec has a `#`. */
function comments(text: string): string[] {
  return (text.match(/#.*/g) ?? []).map((comment) => comment.trimEnd()).sort();
}

function data(text: string): unknown {
  return parse(text.replace(/^\ufeff/, ""));
}

function keepsLineEnds(before: string, after: string): boolean {
  const ends = new Set(before.match(/\r?\n/g));
  return ends.size === 0 || [...(after.match(/\r?\n/g) ?? [])].every((end) => ends.has(end));
}

/** True when `after` is `before` without one piece. */
function isOneCut(before: string, after: string): boolean {
  let same = 0;
  while (same < after.length && before[same] === after[same]) same += 1;
  return before.length > after.length && before.endsWith(after.slice(same));
}

/** What is wrong with a case. */
function fault({ data: original, before, grown, shrunk }: Case): string | undefined {
  const { hosts, list, count } = nodesIn(original);
  // A count that had its default is written explicitly from then on.
  const saysCount = hosts.length + list.length > 0 || count !== undefined;
  if (!isDeepStrictEqual(data(grown), withNodeMore(original))) return "more was changed than the node";
  if (!isDeepStrictEqual(comments(grown), comments(before))) return "a comment was lost or made";
  if (!keepsLineEnds(before, grown)) return "a line end changed";
  if (saysCount && shrunk !== before) return "taking the node out did not give the same text";
  return isDeepStrictEqual(comments(shrunk), comments(before)) ? undefined : "taking the node out lost a comment";
}

function specText(dice: Dice): { readonly original: Group; readonly before: string } {
  const original = randomSpec(dice);
  return { original, before: randomYaml(dice, original) };
}

/** A minion of the spec that is in the file by name, or is one of a count; undefined where there is none. */
function anyMinion(dice: Dice, original: Group): string | undefined {
  const { hosts, list, count } = nodesIn(original);
  const names = ([...hosts, ...list] as { name: string }[]).map(({ name }) => name);
  const minions = names.filter((name) => name !== "master1");
  if (names.length > 0) return minions.length === 0 ? undefined : dice.one(minions);
  return count === 0 ? undefined : `minion${1 + dice.upTo((count ?? 2) - 1)}`;
}

describe("generated specs", () => {
  it("a node more is all that changes, and that node less gives the same text", async () => {
    await forAll(tryCase, fault);
  });

  it("counts become a list and keep their comments", async () => {
    const big = { name: "big", role: "minion" as const, address: "10.250.250.50", cpus: 8 };
    await forAll(specText, ({ original, before }) => {
      if (nodesIn(original).hosts.length > 0) return undefined;
      const after = addNodes(file(before), [big]);
      if (!nodesIn(data(after) as Group).list.some((node) => isDeepStrictEqual(node, big)))
        return `it is not in ${after}`;
      if (!isDeepStrictEqual(comments(after), comments(before))) return `a comment is missing in ${after}`;
      return keepsLineEnds(before, after) ? undefined : `a line end changed in ${after}`;
    });
  });

  it("any minion goes: one piece of the text is cut out, or a count leaves every comment", async () => {
    const make = (dice: Dice) => {
      const text = specText(dice);
      return { ...text, name: anyMinion(dice, text.original) };
    };
    await forAll(make, ({ original, before, name }) => {
      if (name === undefined) return undefined;
      const { hosts, list } = nodesIn(original);
      const after = removeNode(file(before), name) ?? "";
      const left = nodesIn(data(after) as Group);
      if ([...left.hosts, ...left.list].some((node) => (node as { name: string }).name === name))
        return `it is in ${after}`;
      const isCut =
        hosts.length + list.length > 0 ? isOneCut(before, after) : isDeepStrictEqual(comments(after), comments(before));
      return isCut && keepsLineEnds(before, after) ? undefined : `something else changed in ${after}`;
    });
  });
});
