import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { forEachNode } from "../../src/remote/for-each-node.js";
import { lastLines, LONGEST_LINE, Output } from "../../src/base/output.js";
import { FakeHost } from "../fakes/fake-host.js";

describe("output", () => {
  it("gives whole lines, however they are cut, and the last one without an end", () => {
    const text = "one\r\ntwo ü…\n\nlast";
    const bytes = Buffer.from(text);
    for (let size = 1; size <= bytes.length; size += 1) {
      const lines: string[] = [];
      const output = new Output((line) => lines.push(line));
      for (let at = 0; at < bytes.length; at += size) output.add(bytes.subarray(at, at + size));
      output.finish();
      output.finish();
      expect(lines).toEqual(["one", "two ü…", "", "last"]);
      expect(output.text()).toBe(text);
    }
  });

  it("cuts a line that never ends, and goes on with the next", () => {
    const lines: string[] = [];
    const output = new Output((line) => lines.push(line), false);
    for (let mebibytes = 0; mebibytes < 8; mebibytes += 1) output.add(Buffer.alloc(1024 * 1024, "A"));
    output.add(Buffer.from("end\nnext\n"));
    expect(lines.map((line) => line.length)).toEqual([
      LONGEST_LINE + " (cut: longer than 1048576 characters)".length,
      4,
    ]);
    expect(lines[0]).toMatch(/^A+ \(cut: longer than 1048576 characters\)$/);
    expect(lines[1]).toBe("next");
    expect([output.lines, output.text()]).toEqual([2, ""]);
  });

  it("finds the last lines that say something", () => {
    expect(lastLines("a\nb\n\nc  \n\n", 2)).toEqual(["b", "c"]);
    expect(lastLines("\n", 5)).toEqual([]);
    expect(lastLines("x".repeat(5000), 1)).toEqual([`${"x".repeat(2000)}…`]);
  });
});

describe("forEachNode", () => {
  const nodes = [{ name: "master1" }, { name: "minion1" }, { name: "minion2" }];

  it("gives results in the order of the nodes", async () => {
    const results = await forEachNode(nodes, "preparing", (node) => Promise.resolve(node.name.length));
    expect(results).toEqual([7, 7, 7]);
  });

  it("waits for all and tells every failure", async () => {
    let finished = false;
    const work = async ({ name }: { name: string }): Promise<void> => {
      if (name === "master1") throw new AlpineK8sError("timeout", "too slow", { hints: ["look"] });
      if (name === "minion1") throw new AlpineK8sError("node", "broken");
      await new Promise((resolve) => setTimeout(resolve, 50));
      finished = true;
    };
    const error: unknown = await forEachNode(nodes, "preparing", work).catch((reason: unknown) => reason);
    expect(finished).toBe(true);
    expect(error).toMatchObject({ kind: "node", hints: ["master1: look"] });
    expect((error as Error).message).toBe("preparing failed on 2 node(s):\n  master1: too slow\n  minion1: broken");
  });

  it("throws an interrupt once, also when the work throws before it promises", async () => {
    const reason = new AlpineK8sError("interrupted", "interrupted");
    const error = await forEachNode(nodes, "preparing", () => {
      throw reason;
    }).catch((thrown: unknown) => thrown);
    expect(error).toBe(reason);
  });
});

describe("the fake host", () => {
  it("refuses what it was not told about", async () => {
    const host = new FakeHost("master1").on("facts", "");
    await expect(host.run({ name: "fact", script: "" })).rejects.toThrow(
      'fake host master1 was not told about "fact"; it knows "facts"',
    );
  });

  it("answers, fails as a real one, and writes one transcript for several", async () => {
    const transcript: string[] = [];
    const master = new FakeHost("master1", transcript)
      .once("facts", { exitCode: 10, stderr: "no\n" })
      .on("facts", (command) => `role ${command.variables?.["ROLE"] ?? ""}\nb\n`);
    const minion = new FakeHost("minion1", transcript);
    const lines: string[] = [];
    await expect(master.run({ name: "facts", script: "" })).rejects.toThrow(
      'master1: "facts" ended with exit code 10:\n  no',
    );
    const result = await master.run({
      name: "facts",
      script: "",
      variables: { ROLE: "master" },
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    });
    expect(result).toEqual({ exitCode: 0, stdout: "role master\nb\n", stderr: "" });
    expect(lines).toEqual(["stdout role master", "stdout b"]);
    expect(await minion.putFile("/etc/a", "x", { mode: 0o600 })).toBe("written");
    expect(await minion.putFile("/etc/a", "x", { mode: 0o600 })).toBe("unchanged");
    await minion.close();
    await expect(minion.putFile("/etc/a", "x")).rejects.toThrow("fake host minion1 is closed");
    expect(transcript).toEqual([
      "master1$ facts",
      "master1$ facts",
      "minion1< /etc/a (600) written",
      "minion1< /etc/a (600) unchanged",
      "minion1 closed",
    ]);
  });
});
