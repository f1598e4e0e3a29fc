import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { addHost, addNodes, removeNode } from "../../src/model/spec/edit-spec.js";
import { file, minion } from "./edit-spec-samples.js";
import { Dice, randomSpec, type Group, type Value } from "./random-spec.js";
import { randomYaml } from "./random-yaml.js";

const SEED = 20261129;
const CASES = 10_000;

/** A generated spec, the spec with a node added, and that with the node removed again. */
interface Case {
  readonly data: Group;
  readonly before: string;
  readonly grown: string;
  readonly shrunk: string;
}

function tryCase(seed: number): Case {
  const dice = new Dice(seed);
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

/** What is wrong with a case, as text. */
function faults({ data: original, before, grown, shrunk }: Case): string[] {
  const { hosts, list, count } = nodesIn(original);
  // A count that had its default is written explicitly from then on.
  const saysCount = hosts.length + list.length > 0 || count !== undefined;
  return [
    isDeepStrictEqual(data(grown), withNodeMore(original)) ? [] : ["more was changed than the node"],
    isDeepStrictEqual(comments(grown), comments(before)) ? [] : ["a comment was lost or made"],
    keepsLineEnds(before, grown) ? [] : ["a line end changed"],
    !saysCount || shrunk === before ? [] : ["taking the node out did not give the same text"],
    isDeepStrictEqual(comments(shrunk), comments(before)) ? [] : ["taking the node out lost a comment"],
  ].flat();
}

function seeds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => SEED + index);
}

describe(`generated specs, seeds from ${SEED}`, () => {
  it(
    `a node more is all that changes, and that node less gives the same text (${CASES} specs)`,
    { timeout: 180_000 },
    () => {
      const wrong = seeds(CASES).flatMap((seed) => {
        const one = tryCase(seed);
        return faults(one).map((fault) => ({ seed, fault, ...one }));
      });
      expect(wrong.slice(0, 3)).toEqual([]);
    },
  );

  it("counts become a list and keep their comments (1000 specs)", { timeout: 60_000 }, () => {
    const wrong = seeds(1000).flatMap((seed) => {
      const dice = new Dice(seed);
      const original = randomSpec(dice);
      const before = randomYaml(dice, original);
      if (nodesIn(original).hosts.length > 0) return [];
      const big = { name: "big", role: "minion" as const, address: "10.250.250.50", cpus: 8 };
      const after = addNodes(file(before), [big]);
      const isRight =
        nodesIn(data(after) as Group).list.some((node) => isDeepStrictEqual(node, big)) &&
        isDeepStrictEqual(comments(after), comments(before)) &&
        keepsLineEnds(before, after);
      return isRight ? [] : [{ seed, before, after }];
    });
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it(
    "any minion goes: one piece of the text is cut out, or a count leaves every comment (1000 specs)",
    { timeout: 60_000 },
    () => {
      const wrong = seeds(1000).flatMap((seed) => {
        const dice = new Dice(seed);
        const original = randomSpec(dice);
        const before = randomYaml(dice, original);
        const { hosts, list, count } = nodesIn(original);
        const nodes = [...hosts, ...list] as { name: string }[];
        if (nodes.length === 0 && count === 0) return [];
        const names = nodes.map(({ name }) => name).filter((name) => name !== "master1");
        if (nodes.length > 0 && names.length === 0) return [];
        const name = nodes.length > 0 ? dice.one(names) : `minion${1 + dice.upTo((count ?? 2) - 1)}`;
        const after = removeNode(file(before), name) ?? "";
        const left = nodesIn(data(after) as Group);
        const isRight =
          ![...left.hosts, ...left.list].some((node) => (node as { name: string }).name === name) &&
          (nodes.length > 0 ? isOneCut(before, after) : isDeepStrictEqual(comments(after), comments(before))) &&
          keepsLineEnds(before, after);
        return isRight ? [] : [{ seed, before, after }];
      });
      expect(wrong.slice(0, 3)).toEqual([]);
    },
  );
});
