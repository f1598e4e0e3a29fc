/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Dice {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  upTo(most: number): number {
    return Math.floor(this.next() * (most + 1));
  }

  one<T>(choices: readonly T[]): T {
    const choice = choices[this.upTo(choices.length - 1)];
    if (choice === undefined) throw new Error("no choices");
    return choice;
  }

  often(share: number): boolean {
    return this.next() < share;
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, at: this.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }
}

export interface Group {
  readonly [key: string]: Value;
}
export type Value = string | number | boolean | null | readonly Value[] | Group;

/** A valid spec; most of its keys are randomly present or absent. */
export function randomSpec(dice: Dice): Group {
  const spec = dice.one([countedSpec, listedSpec, hostsSpec])(dice);
  const around: Group = {
    ...(dice.often(0.5) ? { domain: "example.com" } : {}),
    ...(dice.often(0.3) ? { proxy: { http: "http://proxy.example.com:3128", noProxy: [".example.com"] } } : {}),
    ...(dice.often(0.3) ? { kubernetes: { version: "v1.36.1", podSubnet: "10.244.0.0/16" } } : {}),
  };
  const keys: Group = {
    spec: shuffledKeys(dice, { ...spec, ...around }),
    ...(dice.often(0.5) ? { apiVersion: "alpine-k8s/v1" } : {}),
    ...(dice.often(0.5) ? { kind: "Cluster" } : {}),
    ...(dice.often(0.3) ? { metadata: { name: "demo" } } : {}),
  };
  return shuffledKeys(dice, keys);
}

function countedSpec(dice: Dice): Group {
  if (dice.often(0.1)) return dice.one<Group>([{}, { nodes: null }, { nodes: {} }, { nodes: { minions: null } }]);
  const masters = shuffledKeys(dice, { ...count(dice, 1 + dice.upTo(4)), ...sizes(dice) });
  const minions = shuffledKeys(dice, { ...count(dice, dice.upTo(5)), ...sizes(dice) });
  return { nodes: shuffledKeys(dice, { masters, minions, ...(dice.often(0.1) ? { list: [] } : {}) }) };
}

/** The count of a group: explicit, or left to its default in one of two ways. */
function count(dice: Dice, value: number): Group {
  return dice.one<Group>([{ count: value }, { count: value }, { count: value }, { count: null }, {}]);
}

function listedSpec(dice: Dice): Group {
  const minions = Array.from({ length: dice.upTo(3) }, (_, index) => ({
    name: `minion${index + 1}`,
    role: "minion",
    ...sizes(dice),
  }));
  const list = dice.shuffled<Group>([{ name: "master1", role: "master" }, ...minions]);
  return { nodes: shuffledKeys(dice, { list, ...(dice.often(0.5) ? { minions: { cpus: 4 } } : {}) }) };
}

function hostsSpec(dice: Dice): Group {
  const hosts = Array.from({ length: 1 + dice.upTo(3) }, (_, index) => ({
    name: index === 0 ? "master1" : `minion${index}`,
    role: index === 0 ? "master" : "minion",
    address: `10.0.0.${index + 2}`,
    ...(dice.often(0.3) ? { user: "alpine" } : {}),
    ...(dice.often(0.3) ? { labels: { disk: "ssd" } } : {}),
  }));
  return { provider: "hosts", hosts: dice.shuffled<Group>(hosts) };
}

function sizes(dice: Dice): Group {
  return { ...(dice.often(0.4) ? { cpus: 3 } : {}), ...(dice.often(0.4) ? { memory: 1024 } : {}) };
}

function shuffledKeys(dice: Dice, group: Group): Group {
  return Object.fromEntries(dice.shuffled(Object.entries(group)));
}
