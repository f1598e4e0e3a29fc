import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { beforeEach, describe, expect, it } from "vitest";
import { rotateToken, type RotatedToken } from "../../src/operations/token/rotate.js";
import type { ShownToken, TokenList as Listed } from "../../src/operations/token/token.js";
import type { Tools } from "../../src/engine/tools.js";
import TokenList from "../../src/commands/token/list.js";
import TokenRotate from "../../src/commands/token/rotate.js";
import TokenShow from "../../src/commands/token/show.js";
import { tokenSecret } from "../../src/kube/token-secret.js";
import { TokenApi } from "../fakes/token-api.js";
import { differences, documented } from "./documented.js";
import { Bench, ROOT, type Ran } from "./run-command.js";

let bench: Bench;
let api: TokenApi;
beforeEach(async () => {
  bench = await Bench.create();
  await bench.run("up");
  api = new TokenApi();
  api.put(tokenSecret(await token(), new Date("2026-03-10T12:00:00Z"), "alpine-k8s up", 1e12));
});

const file = (): string => join(bench.world.folder, "cluster-token");
const token = async (): Promise<string> => (await readFile(file(), "utf8")).trim();

async function run(name: "list" | "show" | "rotate", ...argv: string[]): Promise<Ran> {
  const tools = (): Promise<Tools> =>
    Promise.resolve({ ...bench.world.tools(), kube: () => Promise.resolve(api.api()) });
  class FakeList extends TokenList {
    static override id = "token:list";
    protected override tools = tools;
  }
  class FakeShow extends TokenShow {
    static override id = "token:show";
    protected override tools = tools;
  }
  class FakeRotate extends TokenRotate {
    static override id = "token:rotate";
    protected override tools = tools;
  }
  const command: { run(args: string[], root: string): Promise<unknown> } = {
    list: FakeList,
    show: FakeShow,
    rotate: FakeRotate,
  }[name];
  const args = ["--dir", bench.world.folder, ...argv];
  const { stdout, stderr, error } = await captureOutput(() => command.run(args, ROOT));
  const half = (await token()).slice(7);
  expect(stdout + stderr).not.toContain(half);
  return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
}

describe("token list", () => {
  it("tells people id, end, usages and description", async () => {
    api.put(tokenSecret("00001d.0123456789abcdef", new Date("2026-03-10T12:00:00Z"), ""));
    const { stdout, exitCode } = await run("list");
    const lines = stdout.split("\n");
    expect(exitCode).toBe(0);
    expect(lines[0]).toMatch(/^ID +EXPIRES +USAGES +DESCRIPTION$/);
    expect(lines[1]).toMatch(/^00001d +2026-03-10T14:00:00Z \(expired\) +authentication,signing +-$/);
    expect(lines[2]).toMatch(/^[a-z0-9]{6} +2057-\S+Z +authentication,signing +alpine-k8s up$/);
  });

  it("with -o json gives the documented document alone", async () => {
    const list = JSON.parse((await run("list", "-o", "json")).stdout) as Listed;
    expect(differences({ ...list }, documented("`token list -o json`"))).toEqual([]);
  });

  it("of none says so", async () => {
    api = new TokenApi();
    expect((await run("list")).stdout).toBe(
      "The cluster demo knows no bootstrap token; alpine-k8s up makes one when a node has to join.\n",
    );
  });
});

describe("token show", () => {
  it("tells people the file, the state and what else a node needs", async () => {
    const { stdout } = await run("show");
    expect(stdout).toMatch(/^\/.*\/cluster-token: token [a-z0-9]{6}, valid until 2057-\S+Z\.\n\nWhat a node needs/);
    expect(stdout).toMatch(/^ {2}endpoint {6}api\.demo\.example\.com:6443$/m);
    expect(stdout).toMatch(/^ {2}CA cert hash {2}sha256:[0-9a-f]{64}$/m);
  });

  it.each([
    [7_000_000, "valid until", false],
    [60_000, "too short for a join", true],
    [-1, "expired at", true],
    [undefined, "does not know", true],
  ])("with %j ms to live says %s", async (ttl, words, remedy) => {
    api = new TokenApi();
    if (ttl !== undefined) api.put(tokenSecret(await token(), new Date(), "alpine-k8s up", ttl));
    const { stdout } = await run("show");
    expect(stdout).toContain(words);
    expect(stdout.includes("alpine-k8s token rotate makes a new one.")).toBe(remedy);
  });

  it("with -o json gives the documented document alone", async () => {
    const shown = JSON.parse((await run("show", "-o", "json")).stdout) as ShownToken;
    expect(differences({ ...shown }, documented("`token show -o json`"))).toEqual([]);
    expect(shown).toMatchObject({ cluster: "demo", file: file(), state: "valid" });
  });
});

describe("token rotate", () => {
  it("tells people the new public half and what was revoked", async () => {
    const old = (await token()).slice(0, 6);
    const { stdout, stderr, exitCode } = await run("rotate");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\/.*\/cluster-token holds the new token [a-z0-9]{6}, valid until \S+Z\.\nRevoked: /);
    expect(stdout).toContain(`Revoked: ${old}.\n`);
    expect(stderr).toMatch(/^ok Revoke the old tokens/m);
  });

  it("with -o json gives the documented document alone", async () => {
    const rotated = JSON.parse((await run("rotate", "-o", "json")).stdout) as RotatedToken;
    expect(differences({ ...rotated }, documented("`token rotate -o json`"))).toEqual([]);
    expect(rotated.id).toBe((await token()).slice(0, 6));
  });

  it("interrupted names itself, in words as they are typed, as the way to continue", async () => {
    api.before = () => process.emit("SIGINT");
    const { stderr, exitCode } = await run("rotate");
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Try:\n  to continue: alpine-k8s token rotate\n");
  });

  it("refuses flags that it does not know with the way to its help", async () => {
    expect((await run("rotate", "--reveal")).stderr).toContain("  alpine-k8s token rotate --help\n");
  });

  it("leaves a broken file for people to judge: exit 2", async () => {
    const good = await token();
    await writeFile(file(), "abcdef\n");
    const tools = { ...bench.world.tools(), kube: () => Promise.resolve(api.api()) };
    const signal = new AbortController().signal;
    const input = { folder: bench.world.folder, tools, progress: bench.world.progress(), signal };
    await expect(rotateToken(input)).rejects.toMatchObject({ kind: "usage" });
    expect([await token(), api.takes(good)]).toEqual(["abcdef", true]);
  });
});
