import { describe, it } from "vitest";
import { parseConditions, parseFacts, unmetConditions } from "../../src/alpine/facts.js";
import { parseScriptResult, scriptFailure } from "../../src/alpine/script-result.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { LONGEST_LINE, Output } from "../../src/base/output.js";
import { printable, printableJson } from "../../src/base/printable.js";
import { certificatesOf } from "../../src/control-plane/certificates/certificates.js";
import { etcdWords, parseMembers } from "../../src/control-plane/etcd-members.js";
import { RemoteCommandError } from "../../src/remote/remote-command-error.js";
import { parseSshConfig } from "../../src/vagrant/ssh-config.js";
import { exitErrorOf, parseMachineLine, spokenLines } from "../../src/vagrant/machine-readable.js";
import type { Dice } from "../spec/random-spec.js";
import { anyJson, spoilt } from "./any-json.js";
import { anyBytes } from "./any-text.js";
import { forAll } from "./cases.js";

/** The longest message from what one node says: 12 lines and the reasons, each cut. */
const LONGEST_MESSAGE = 30_000;

/** Unicode's controls but line end and tab, and what turns the direction of writing. */
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const FACTS = ["os", "arch", "cpus", "memory_kib", "clock", "uptime", "machine_id", "kubeadm", "role", "api", "notice"];

/** Lines that a node script prints, more or less, with anything in them. */
function anyOutput(dice: Dice): Buffer {
  const lines = Array.from({ length: dice.upTo(12) }, () => dice.one(LINES)(dice));
  const long = Buffer.alloc(dice.often(0.01) ? 100_000 : 0, "x");
  return Buffer.concat(lines.flatMap((line) => [line, long, Buffer.from(dice.one(["\n", "\n", "\n", "\r\n", ""]))]));
}

const words = (dice: Dice, text: string): Buffer => Buffer.concat([Buffer.from(text), anyBytes(dice, 5)]);

const LINES: readonly ((dice: Dice) => Buffer)[] = [
  (dice) => anyBytes(dice),
  (dice) => words(dice, `fact ${dice.one(FACTS)} `),
  (dice) =>
    words(dice, `fact ${dice.one(["cpus", "clock", "uptime"])} ${dice.one(["1e999", "-1", "0x10", "NaN", "1 2"])}`),
  (dice) => Buffer.from(`fact state ${dice.one(["clean", "started", "finished", "foreign", "__proto__"])}`),
  (dice) => words(dice, "fact certificate /etc/kubernetes/pki/apiserver.crt "),
  (dice) => words(dice, `condition ${dice.one(["swap", "memory"])} ${dice.one(["fatal", "warning"])} unmet `),
  (dice) =>
    Buffer.from(
      `@alpine-k8s ${JSON.stringify(spoilt(dice, { script: "shared", changed: ["swap"], failed: ["a: b"] }, 0.2))}`,
    ),
  (dice) => Buffer.from(`@alpine-k8s ${JSON.stringify(anyJson(dice))}`),
  (dice) =>
    words(
      dice,
      "8e9e05c52164694d, started, master1.example.com, https://10.250.250.2:2380, https://10.250.250.2:2379, ",
    ),
  (dice) => words(dice, `1700000000,master1,${dice.one(["ui", "error-exit", "state"])},`),
  (dice) => words(dice, `${dice.one(["Host", "  HostName", "  Port", "  IdentityFile"])} `),
];

/** Feeds the bytes in pieces, as a connection brings them. */
function received(dice: Dice, bytes: Buffer): { readonly text: string; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const output = new Output((line) => lines.push(line));
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + dice.upTo(40);
    output.add(bytes.subarray(at, end));
    at = end;
  }
  output.finish();
  return { text: output.text(), lines };
}

/** An error of ours whose message a screen can show; anything else is thrown on. */
function ours(act: () => unknown): string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof AlpineK8sError) return [error.message];
    if (error instanceof Error && error.message.startsWith("the node's answer has no known state"))
      return [error.message];
    throw error;
  }
}

/** Every message that is made of what a node says. */
function messagesFrom(text: string): readonly string[] {
  const failed = { exitCode: 10, stdout: text, stderr: text };
  return [
    scriptFailure("minion1", "shared.sh", failed).message,
    new RemoteCommandError({ ...failed, node: "minion1", command: "x" }).message,
    etcdWords(text),
    ...ours(() => parseMembers(text)),
    ...ours(() => parseFacts(text)),
  ];
}

describe("whatever a node says", () => {
  it("is read without a fault, and messages of it have an end", async () => {
    await forAll(
      (dice) => received(dice, anyOutput(dice)),
      ({ text, lines }) => {
        if (lines.join("\n").length > LONGEST_LINE + text.length) return "there is more than was sent";
        parseScriptResult(text);
        parseConditions(text);
        parseSshConfig(text);
        exitErrorOf(lines.flatMap((line) => parseMachineLine(line) ?? []));
        for (const line of lines) spokenLines(parseMachineLine(line) ?? { target: "", type: "ui", data: [line] });
        ours(() => {
          const facts = parseFacts(text);
          unmetConditions(facts);
          certificatesOf("minion1", facts);
        });
        const long = messagesFrom(text).find((message) => message.length > LONGEST_MESSAGE);
        return long === undefined ? undefined : `a message has ${long.length} characters: ${long.slice(0, 80)}`;
      },
    );
  });

  it("has no character on a screen that acts there, and in JSON it is the same text", async () => {
    await forAll(
      (dice) => anyBytes(dice).toString("utf8"),
      (text) => {
        const shown = printable(text);
        if (ACTING.test(shown) || ACTING.test(printableJson({ [text]: text })))
          return `it acts: ${JSON.stringify(shown)}`;
        if (shown.replace(/\s/g, "").length > text.length) return "it has become longer";
        const back = JSON.parse(printableJson([text])) as unknown[];
        return back[0] === text ? undefined : `in JSON it is ${JSON.stringify(back[0])}`;
      },
    );
  });
});
