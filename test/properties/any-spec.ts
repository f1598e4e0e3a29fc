import { stringify } from "yaml";
import { randomSpec, type Dice } from "../spec/random-spec.js";
import { anyJson, spoilt } from "./any-json.js";
import { anyText } from "./any-text.js";

/** A part of every secret in a generated spec. */
export const SECRET = "Xy7Secret";

/** A spec's text with what is secret in it; the texts that hold {@link SECRET} must not be told. */
export interface AnySpec {
  readonly text: string;
}

/** A spec that is valid, or nearly, with secrets in all places that may hold one. */
export function specWithSecrets(dice: Dice): AnySpec {
  const data = withSecrets(dice);
  return { text: written(dice, dice.often(0.4) ? data : misplaced(dice, spoilt(dice, data, 0.02))) };
}

/** Any text, and a spec's text with pieces cut out and put in; without secrets, which could be cut in two. */
export function anySpecText(dice: Dice): AnySpec {
  if (dice.often(0.2)) return { text: anyText(dice, 40) };
  let text = written(dice, dice.often(0.5) ? randomSpec(dice) : anyJson(dice, 4));
  for (let changes = dice.upTo(4); changes > 0; changes -= 1) {
    const at = dice.upTo(text.length);
    text = text.slice(0, at) + anyText(dice, 2) + text.slice(at + dice.one([0, 0, 1, 5]));
  }
  return { text };
}

function withSecrets(dice: Dice): Record<string, unknown> {
  const data = randomSpec(dice) as { spec: Record<string, Record<string, unknown>> };
  const sum = "ab".repeat(32);
  const kubeadm = {
    InitConfiguration: { certificateKey: `${SECRET}0123`, bootstrapTokens: [{ token: `${SECRET}.0` }] },
    ClusterConfiguration: { apiServer: { extraEnvs: [{ name: "DB_PASSWORD", value: `${SECRET}!` }] } },
  };
  return {
    ...data,
    spec: {
      ...data.spec,
      ...(dice.often(0.6) ? { proxy: { http: urlWithLogin(dice), https: urlWithLogin(dice) } } : {}),
      ...(dice.often(0.3) ? { kubernetes: { version: "v1.36.1", kubeadm } } : {}),
      ...(dice.often(0.3)
        ? { addons: ["canal", { name: "own", manifest: urlWithLogin(dice, URLS), sha256: sum }] }
        : {}),
      ...(dice.often(0.1) ? { vagrant: { boxUrl: urlWithLogin(dice, URLS), boxSha256: sum } } : {}),
      ...(dice.often(0.1) ? { kubectl: { mirror: urlWithLogin(dice) } } : {}),
    },
  };
}

/** Without a scheme a manifest or a box is a file. */
const URLS = ["http://", "http://", "https://", "HTTP://", "socks5://"];

/** A password may hold any character that its owner did not know to escape. */
function urlWithLogin(dice: Dice, schemes = [...URLS, ""]): string {
  const scheme = dice.one(schemes);
  const password = `${dice.one(["", "", "p@", "p:", "p%40", "p/", "p?", "p#", "p w"])}${SECRET}${dice.one(["", "", "@", "/x", "#1"])}`;
  return `${scheme}${dice.one(["ann", "ann", "DOMAIN%5Cann"])}:${password}@proxy.example.com${dice.one(["", ":3128", ":99999", "/a b"])}`;
}

/** With the address of a proxy where it does not belong: at another key, as a key, in a list. */
function misplaced(dice: Dice, data: unknown): unknown {
  if (typeof data !== "object" || data === null || !dice.often(0.5)) return data;
  const address = `http://ann:${SECRET}@proxy.example.com:3128`;
  if (Array.isArray(data))
    return [...(data as unknown[]).map((one) => misplaced(dice, one)), ...(dice.often(0.3) ? [address] : [])];
  const entries = Object.entries(data).map(([key, value]): [string, unknown] => {
    if (dice.often(0.1)) return [key, dice.one<unknown>([address, [address], { [address]: 1 }])];
    return [dice.often(0.03) ? address : key, misplaced(dice, value)];
  });
  return Object.fromEntries(entries);
}

function written(dice: Dice, data: unknown): string {
  const text = dice.often(0.3) ? JSON.stringify(data, undefined, dice.one([0, 2])) : stringify(data, { lineWidth: 0 });
  return (dice.often(0.1) ? "\ufeff" : "") + (dice.often(0.2) ? text.replaceAll("\n", "\r\n") : text);
}
