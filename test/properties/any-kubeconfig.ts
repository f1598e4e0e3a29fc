import type { Dice, Group, Value } from "../spec/random-spec.js";
import { randomYaml } from "../spec/random-yaml.js";

/** A kubeconfig: its text, or nothing where there is no file, and what it says. */
export interface Kubeconfig {
  readonly text: string | undefined;
  readonly data: Group;
}

/** A kubeconfig of a user's who has not merged the cluster `demo`. */
export function anyKubeconfig(dice: Dice): Kubeconfig {
  if (dice.often(0.03)) return { text: undefined, data: {} };
  if (dice.often(0.05))
    return { text: dice.one(["", "\n", "# only this\n", "---\n", "# a\n---\n", "{}\n", "null\n"]), data: {} };
  const data = anyConfig(dice);
  const text = dice.often(0.1) ? `${JSON.stringify(data, undefined, dice.one([0, 2, 4]))}\n` : randomYaml(dice, data);
  return { text, data };
}

function anyConfig(dice: Dice): Group {
  const names = dice.shuffled(["acme", "shop", "admin@shop", "beta-2", "alpine.example.com"]).slice(0, dice.upTo(3));
  const fields: readonly [string, Value][] = [
    ["apiVersion", "v1"],
    ["kind", "Config"],
    ["preferences", dice.one<Value>([{}, null, { colors: 1 }])],
    [
      "clusters",
      list(
        dice,
        names.map((name) => ({ name, cluster: clusterOf(dice, name) })),
      ),
    ],
    [
      "contexts",
      list(
        dice,
        names.map((name) => ({ name, context: { cluster: name, user: `${name}-user`, ...namespace(dice) } })),
      ),
    ],
    [
      "users",
      list(
        dice,
        names.map((name) => ({ name: `${name}-user`, user: userOf(dice) })),
      ),
    ],
    ["current-context", dice.one<Value>([null, "gone", ...names])],
    ["extensions", [{ name: "example.com/colours", extension: { dark: "on" } }]],
    ["unknown", dice.one<Value>([1, "x", [1, 2], { deep: { er: null } }])],
  ];
  return Object.fromEntries(dice.shuffled(fields).filter(() => dice.often(0.85)));
}

/** An empty list is written in several ways. */
function list(dice: Dice, entries: readonly Group[]): Value {
  return entries.length === 0 ? dice.one<Value>([[], null]) : entries.map((entry) => swapped(dice, entry));
}

/** Kubectl writes the name last, people first. */
function swapped(dice: Dice, entry: Group): Group {
  return Object.fromEntries(dice.shuffled(Object.entries(entry)));
}

function clusterOf(dice: Dice, name: string): Group {
  return {
    server: `https://${name.replace(/[^a-z0-9.-]/g, ".")}.example.com:6443`,
    ...dice.one<Group>([{ "certificate-authority": "/etc/acme/ca.pem" }, { "insecure-skip-tls-verify": true }, {}]),
    ...dice.one<Group>([{ "proxy-url": "socks5://127.0.0.1:1080" }, {}]),
  };
}

function userOf(dice: Dice): Group {
  return dice.one<Group>([
    { token: "0123456789abcdef" },
    { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "acme-login", args: ["--now", "-v"] } },
    { username: "ann", password: "secret" },
    { "client-certificate": "ann.crt", "client-key": "ann.key" },
  ]);
}

function namespace(dice: Dice): Group {
  return dice.often(0.4) ? { namespace: "shop" } : {};
}
