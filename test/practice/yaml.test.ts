import { describe, expect, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { runProgram, standins } from "./support.js";

const load = `import sys, json; sys.path.insert(0, ${JSON.stringify(standins)}); sys.dont_write_bytecode = True
from practice.yamlish import YamlError, load_all
from practice.yamlout import dump
try:
    found = load_all(sys.stdin.read())
except YamlError as error:
    sys.exit(str(error))
again = [load_all(dump(one))[0] for one in found]
print(json.dumps(found) if again == found else "dumping changed it")`;

async function parsed(text: string): Promise<unknown> {
  const ran = await runProgram("/usr/bin/python3", ["-S", "-E", "-c", load], process.env, text);
  return ran.code === 0 ? JSON.parse(ran.stdout) : ran.stderr.trim();
}

describe("the stand-ins' YAML", () => {
  it("reads what the yaml library writes", async () => {
    const value = {
      text: "plain",
      numbers: [0, -1, 1.5, 65_535],
      truth: [true, false, null],
      strings: [
        "yes",
        "true",
        "null",
        "1",
        "1.0",
        "~",
        "",
        " padded ",
        "a: b",
        "a #b",
        "#c",
        "- d",
        "{e}",
        "it's",
        'say "f"',
        "@g",
        "%h",
        "*i",
        "&j",
        "!k",
        "|",
        "tab\there",
      ],
      long: "word ".repeat(60).trim(),
      block: "first\n  second\n\nthird\n",
      kept: "first\nsecond\n\n",
      stripped: "first\nsecond",
      nested: { list: [[1, [2]], [{ a: [{ b: {} }] }], []], map: { "a/b.c": "", "with space": { "1": 2 } } },
      "node-role.kubernetes.io/control-plane": "",
      url: "https://example.com:6443/x?y=z#w",
      time: "2h0m0s",
      address: "fd00::1",
      version: "v1.36.1+practice",
    };
    // Kubernetes reads YAML 1.1, where a bare yes is a truth value; the library writes it bare unless told the version.
    expect(await parsed(stringify({ a: "yes" }))).toEqual([{ a: true }]);
    expect(await parsed(stringify(value, { version: "1.1" }))).toEqual([value]);
    const shared = { a: [1] };
    expect(await parsed(stringify({ one: shared, two: shared }))).toEqual([{ one: shared, two: shared }]);
    expect(await parsed(stringify(value, { version: "1.1", collectionStyle: "flow" }))).toEqual([value]);
    expect(await parsed(`# head\n${stringify({ a: 1 })}---\n${stringify([1, { b: 2 }])}...\n`)).toEqual([
      { a: 1 },
      [1, { b: 2 }],
    ]);
  });

  it.each([
    "a:\n- b\n- c: d\n  e: f\ng: h\n",
    "a: >\n  folded\n  text\n\n  more\nb: 1\n",
    "a: [b, {c: d},\n  e]\nf: 'g\n  h'\n",
    "- - a\n  - b\n-\n  c: d\n",
  ])("agrees with the yaml library on %j", async (text) => {
    expect(await parsed(text)).toEqual(parseAllDocuments(text).map((one) => one.toJS() as unknown));
  });

  it.each([
    ["a: b: c", "line 1: mapping values are not allowed"],
    ["a: [1", "line 1: found unexpected end of stream"],
    ["a: 1\na: 2", 'line 2: key "a" already set in map'],
    ["a:\n  b: 1\n c: 2", "line 3: did not find expected key"],
    ["\ta: 1", "line 1: found character that cannot start any token"],
    ["a: *b", "line 1: unknown anchor 'b' referenced"],
  ])("refuses %j", async (text, message) => {
    expect(await parsed(text)).toContain(message);
  });
});
