import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AlpineK8sError, asKnown, combineFailures, EXIT_CODES } from "../../src/base/errors.js";

describe("exit codes", () => {
  it("are those that docs/exit-codes.md lists, kind by kind", () => {
    const text = readFileSync(join(import.meta.dirname, "../../docs/exit-codes.md"), "utf8");
    const rows = [...text.matchAll(/^\| (\d+) \| ([a-z, ]*)\|/gm)];
    const documented = rows.flatMap(([, code = "", kinds = ""]) =>
      kinds.split(",").map((kind) => [kind.trim(), Number(code)] as const),
    );
    expect(Object.fromEntries(documented.filter(([kind]) => kind !== ""))).toEqual(EXIT_CODES);
  });
});

describe("failures of several nodes", () => {
  const broken = new AlpineK8sError("node", "disk full", { hints: ["free some"], node: "minion1" });
  const late = new AlpineK8sError("timeout", "not ready", { hints: ["alpine-k8s up"] });

  it("become one error with a line per node, all hints and the worst kind", () => {
    const error = combineFailures("joining", [
      { node: "minion2", error: late },
      { node: "minion1", error: broken },
    ]);
    expect(error.message).toBe("joining failed on 2 node(s):\n  minion2: not ready\n  minion1: disk full");
    expect(error).toMatchObject({ kind: "node", hints: ["alpine-k8s up", "minion1: free some"] });
  });

  it("have hints that say which node they are for, unless all gave them or they name it", () => {
    const failure = (node: string, ...hints: string[]) => ({ node, error: new AlpineK8sError("node", "x", { hints }) });
    const error = combineFailures("joining", [
      failure("minion1", "alpine-k8s up", "ssh vagrant@minion1", "df -h"),
      failure("minion2", "alpine-k8s up", "free -m", "df -h"),
      failure("minion3", "alpine-k8s up"),
    ]);
    expect(error).toMatchObject({
      hints: ["alpine-k8s up", "ssh vagrant@minion1", "minion1, minion2: df -h", "minion2: free -m"],
    });
  });

  it("stay the error that it was when there is one", () => {
    expect(combineFailures("joining", [{ node: "minion1", error: broken }])).toBe(broken);
  });

  it("count what we did not foresee as a bug", () => {
    expect(combineFailures("joining", [{ node: "m", error: new TypeError("x is undefined") }])).toMatchObject({
      kind: "bug",
    });
  });
});

describe("what the file system refuses", () => {
  const refused = (code: string, path?: string): NodeJS.ErrnoException =>
    Object.assign(new Error(`${code}: refused, open`), {
      code,
      syscall: "open",
      ...(path === undefined ? {} : { path }),
    });

  it.each([
    ["EACCES", "check that this user may read and write it: ls -ld '/c/it'\\''s'"],
    ["EROFS", "check that this user may read and write it: ls -ld '/c/it'\\''s'"],
    ["ENOSPC", "make room on this computer: df -h '/c/it'\\''s'"],
    ["EDQUOT", "make room on this computer: df -h '/c/it'\\''s'"],
    ["ENOTDIR", "something else stands in its place; look at it: ls -ld '/c/it'\\''s'"],
    ["EISDIR", "something else stands in its place; look at it: ls -ld '/c/it'\\''s'"],
  ])("with %s is something missing on this computer, exit 3, with what to do", (code, hint) => {
    const known = asKnown(refused(code, "/c/it's"));
    expect(known).toMatchObject({ kind: "prerequisite", message: `${code}: refused, open`, hints: [hint] });
  });

  it("is told without a path, too: a full disk names none", () => {
    expect(asKnown(refused("ENOSPC"))).toMatchObject({
      kind: "prerequisite",
      hints: ["make room on this computer: df -h"],
    });
  });

  it("is nothing else: a missing file, a port and what we did not foresee stay what they are", () => {
    const port = Object.assign(refused("EACCES"), { syscall: "listen", address: "127.0.0.1" });
    for (const error of [refused("ENOENT", "/a"), port, new TypeError("x"), undefined])
      expect(asKnown(error)).toBeUndefined();
  });

  it("of several nodes names each node once, and says which hint is for whom", () => {
    const failure = (node: string, hints: string[], words = `${node}: no`) => ({
      node,
      error: new AlpineK8sError("node", words, { hints, node }),
    });
    const combined = combineFailures("joining", [
      failure("minion1", ["make room", "see it: alpine-k8s ssh minion1", "then: alpine-k8s up"], "minion1: full\n  df"),
      failure("minion2", ["plug it in", "then: alpine-k8s up"], "gone"),
      failure("minion3", ["plug it in", "alpine-k8s status"]),
    ]);
    expect(combined).toMatchObject({
      message: "joining failed on 3 node(s):\n  minion1: full\n    df\n  minion2: gone\n  minion3: no",
      hints: [
        "minion1: make room",
        "see it: alpine-k8s ssh minion1",
        "minion2, minion3: plug it in",
        "alpine-k8s status",
        "then: alpine-k8s up",
      ],
    });
  });

  it("decides the kind of the failures of several nodes", () => {
    const failures = [{ node: "minion1", error: refused("ENOSPC") }];
    expect(combineFailures("joining", failures)).toMatchObject({ kind: "prerequisite" });
  });
});
