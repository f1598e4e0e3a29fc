import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { redactor } from "../../src/remote/redact.js";
import { failureOf, TestBed } from "./ssh-server.js";

describe("redactor", () => {
  it.each([
    [["abcdef.0123456789abcdef"], "--token abcdef.0123456789abcdef,", "--token [secret],"],
    [["short", "shorter"], "shorter short", "[secret] [secret]"],
    [["$&.*[x"], "a $&.*[x b", "a [secret] b"],
    [["", "  \n"], "as it is", "as it is"],
    [["-----BEGIN K-----\nAAAABBBB\nCC\n-----END K-----\n"], "x AAAABBBB\nCC y", "x [secret]\nCC y"],
    [["one\ntwo2"], "one\ntwo2 and two2", "[secret] and [secret]"],
  ])("hides %j in %j", (secrets, text, expected) => {
    expect(redactor(secrets)(text)).toBe(expected);
  });

  const SECRET = 'p@ss "word"/1';
  it.each<[string, (before: string, after: string) => string]>([
    ["a URL", (before, after) => `${before}${encodeURIComponent(SECRET)}${after}`],
    ["JSON", (before, after) => JSON.stringify(before + SECRET + after)],
    ["base64", (before, after) => Buffer.from(before + SECRET + after).toString("base64")],
  ])("hides a secret that comes back in %s, wherever it stands there", (_, encode) => {
    for (const before of ["", "a", "ab", "abc", "token="]) {
      for (const after of ["", "x", "xy", "xyz"]) {
        const text = encode(before, after);
        const shown = redactor([SECRET])(text);
        expect(shown).toContain("[secret]");
        expect(`${shown} ${Buffer.from(shown, "base64").toString("latin1")}`).not.toContain("ss");
      }
    }
  });
});

describe("a command with secrets", () => {
  let bed: TestBed;
  beforeEach(() => {
    bed = new TestBed();
  });
  afterEach(() => bed.end());

  it("shows no secret of a URL that the node tells", async () => {
    const { host } = await bed.host();
    const lines: string[] = [];
    const script = `echo 'ERROR: https://ann:s3cret@mirror.test/main?sig=s3cret: gone' >&2; exit 3`;
    const failure = await failureOf(host.run({ name: "apk", script, onLine: (line) => lines.push(line) }));
    const shown = "ERROR: https://***@mirror.test/main?sig=***: gone";
    expect(lines).toEqual([shown]);
    expect(failure.message).toContain(shown);
    expect(JSON.stringify([failure, bed.logged])).not.toContain("s3cret");
  });

  const token = "abcdef.0123456789abcdef";
  const pem = "-----BEGIN KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\nqqqqqqqq==\n-----END KEY-----\n";

  it("hides them in log, callbacks, message and fields, also when they come in pieces, and sends them as they are", async () => {
    const { host } = await bed.host();
    const lines: string[] = [];
    const failure = await failureOf(
      host.run({
        name: "join",
        script: `printf %s "$TOKEN$KEY" | sha256sum
          printf 'token abcdef.01234'; sleep 0.1; printf '56789abcdef end\\n'; printf '%s' "$KEY"
          echo "kubeadm: bad token $TOKEN" >&2; exit 3`,
        variables: { TOKEN: token, KEY: pem },
        secrets: [token, pem],
        onLine: (line) => lines.push(line),
      }),
    );
    const sha256 = createHash("sha256")
      .update(token + pem)
      .digest("hex");
    expect(lines).toContain(`${sha256}  -`);
    expect(lines).toContain("token [secret] end");
    expect(failure.message).toBe('master1: "join" ended with exit code 3:\n  kubeadm: bad token [secret]');
    const everything = [...lines, ...bed.logged, failure.message, failure["stdout"], failure["stderr"]].join("\n");
    for (const part of [token, "MC4CAQAwBQYDK2VwBCIEIA", "qqqqqqqq=="]) expect(everything).not.toContain(part);
    expect(bed.logged).toContain("out: token [secret] end");
    expect(bed.logged).toContain("err: kubeadm: bad token [secret]");
  });

  it("gives the caller the true output", async () => {
    const { host } = await bed.host();
    const run = { name: "x", script: 'echo "$T"', variables: { T: token }, secrets: [token] };
    expect((await host.run(run)).stdout).toBe(`${token}\n`);
    expect(bed.logged).toContain("out: [secret]");
  });

  it("shows no line of an output that is a secret as a whole", async () => {
    const { host } = await bed.host();
    const lines: string[] = [];
    const run = { name: "admin.conf", secretOutput: true, onLine: (line: string) => lines.push(line) };
    expect((await host.run({ ...run, script: "echo client-key-data" })).stdout).toBe("client-key-data\n");
    const failed = await failureOf(host.run({ ...run, script: "echo client-key-data; exit 1" }));
    const late = await failureOf(host.run({ ...run, script: "echo client-key-data; sleep 9", timeout: 300 }));
    expect(failed.message).toBe('master1: "admin.conf" ended with exit code 1 and said nothing');
    expect([...lines, ...bed.logged, JSON.stringify(failed), late.message].join()).not.toContain("client-key-data");
  });

  it("hands endless output to onLine alone, more of it than would be kept", async () => {
    const { host } = await bed.host();
    let [lines, bytes] = [0, 0];
    const onLine = (line: string): void => void ((lines += 1), (bytes += line.length));
    const script =
      "echo to us >&2; yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -n 1000000";
    const result = await host.run({ name: "follow", script, streamOutput: true, timeout: 20_000, onLine });
    expect(result).toEqual({ exitCode: 0, stdout: "", stderr: "to us\n" });
    expect([lines, bytes]).toEqual([1_000_001, 70_000_005]);
    expect(bed.logged.filter((line) => line.startsWith("out: "))).toEqual([]);
    expect(bed.logged).toContain("err: to us");
  });
});
