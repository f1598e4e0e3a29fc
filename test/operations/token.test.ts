import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { planRotation, rotateToken, type RotatedToken } from "../../src/operations/token/rotate.js";
import { listTokens, showToken } from "../../src/operations/token/token.js";
import { up } from "../../src/operations/up/up.js";
import { tokenSecret } from "../../src/kube/token-secret.js";
import { unreachable } from "../../src/kube/kube-error.js";
import { treeOf } from "../stories/support/tree.js";
import { rewriteAdminConfig } from "../fakes/admin-conf.js";
import { TokenApi } from "../fakes/token-api.js";
import { SPEC } from "../commands/run-command.js";
import { itemId } from "../../src/engine/item.js";
import { tokenId } from "../../src/model/token/token.js";
import { recordedIds, runsOf } from "./plans.js";
import { FakeWorld } from "./fake-world.js";

const FOREIGN = "f0reig.0123456789abcdef";
const JOINING = "add000.0123456789abcdef";

let world: FakeWorld;
let api: TokenApi;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await up({ ...around(), tools: world.tools(), overrides: {} });
  api = new TokenApi();
  api.put(tokenSecret(await fileToken(), new Date(), "made by alpine-k8s up"));
  api.put(tokenSecret(FOREIGN, new Date(), "somebody else's"), tokenSecret(JOINING, new Date(), "alpine-k8s add-node"));
  world.transcript.splice(0);
});

const file = (): string => join(world.folder, "cluster-token");
const fileToken = async (): Promise<string> => (await readFile(file(), "utf8")).trim();

function around(signal = new AbortController().signal): Parameters<typeof listTokens>[0] {
  const tools = { ...world.tools(), kube: () => Promise.resolve(api.api()) };
  return { folder: world.folder, tools, progress: world.progress(), signal };
}

const rotate = (signal?: AbortSignal): Promise<RotatedToken> => rotateToken(around(signal));

describe("token list", () => {
  it("tells all tokens by their end, no secret half, asks no node and changes nothing", async () => {
    api.put(tokenSecret("00001d.0123456789abcdef", new Date(), "old", -1000));
    const before = await treeOf(world.folder);
    const list = await listTokens(around());
    expect(list.cluster).toBe("demo");
    expect(list.tokens.map(({ id, expired }) => [id, expired])[0]).toEqual(["00001d", true]);
    expect(list.tokens.map(({ id }) => id).sort()).toEqual([...api.ids()]);
    expect(JSON.stringify(list)).not.toContain("0123456789abcdef");
    expect(JSON.stringify(list)).not.toContain((await fileToken()).slice(7));
    expect(world.transcript).toEqual([]);
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("of a cluster that is down says both reasons and what to type", async () => {
    for (const machine of world.machines.values()) machine.running = false;
    const tools = { ...world.tools(), kube: () => Promise.reject(unreachable("GET https://x/readyz", "refused")) };
    const error = await listTokens({ ...around(), tools }).catch((thrown: unknown) => thrown as AlpineK8sError);
    expect(error).toMatchObject({
      ...{ kind: "unhealthy", hints: ["alpine-k8s status", "alpine-k8s up"] },
      message:
        "the cluster's API cannot be asked: GET https://x/readyz: refused (Unreachable); master1 does not answer by ssh",
    });
    expect(world.transcript).toEqual([]);
  });

  it("asks with an admin.config that has few days left, though no node answers", async () => {
    await world.issue(10);
    await rewriteAdminConfig(world);
    for (const machine of world.machines.values()) machine.running = false;
    expect((await listTokens(around())).tokens).toHaveLength(3);
    expect(world.transcript).toEqual([]);
  });

  it("goes through master1 where this computer does not reach the API, and prepares nothing", async () => {
    await rm(join(world.folder, "admin.config"));
    world.machine("minion1").unmet = ["sysctls"];
    expect((await listTokens(around())).tokens).toHaveLength(3);
    expect(world.transcript.filter((line) => !line.includes("read only"))).toEqual([]);
    world.machine("master1").state = "started";
    await expect(listTokens(around())).rejects.toMatchObject({
      message: "the cluster's API cannot be asked: master1 is not set up",
    });
  });

  it("without a cluster says so", async () => {
    const { folder } = await FakeWorld.create(SPEC);
    for (const operation of [listTokens, showToken, rotateToken]) {
      await expect(operation({ ...around(), folder })).rejects.toMatchObject({
        ...{ kind: "usage", message: `there is no cluster in ${folder}` },
      });
    }
  });
});

describe("token show", () => {
  it("tells the file, the public half, until when, and what else a node needs", async () => {
    const shown = await showToken(around());
    expect(shown).toMatchObject({ cluster: "demo", file: file(), id: (await fileToken()).slice(0, 6), state: "valid" });
    expect(Date.parse(shown.expires ?? "")).toBeGreaterThan(Date.now());
    expect(shown.endpoint).toBe("api.demo.example.com:6443");
    expect(shown.caCertHash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(JSON.stringify(shown)).not.toContain((await fileToken()).slice(7));
  });

  it("tells a token that the cluster does not know, and a file that is not there", async () => {
    await writeFile(file(), "zzzzzz.0123456789abcdef\n");
    expect(await showToken(around())).toMatchObject({ id: "zzzzzz", state: "missing", expires: null });
    await rm(file());
    expect(await showToken(around())).toMatchObject({ id: null, state: "none", expires: null });
    await expect(readFile(file())).rejects.toThrow("ENOENT");
  });

  it("tells what the file holds also when the cluster cannot be asked", async () => {
    for (const machine of world.machines.values()) machine.running = false;
    const tools = { ...world.tools(), kube: () => Promise.reject(unreachable("GET https://x/readyz", "refused")) };
    await expect(showToken({ ...around(), tools })).rejects.toMatchObject({
      ...{ kind: "unhealthy", hints: ["alpine-k8s status", "alpine-k8s up"] },
      message:
        `cluster-token holds the token ${(await fileToken()).slice(0, 6)}; whether nodes can join with it cannot be told: ` +
        "the cluster's API cannot be asked: GET https://x/readyz: refused (Unreachable); master1 does not answer by ssh",
    });
    await rm(file());
    expect(await showToken({ ...around(), tools })).toMatchObject({ id: null, state: "none" });
  });

  it("of a broken file names the remedy and repeats nothing of it", async () => {
    await writeFile(file(), "abcdef.half-a-secret");
    const error = await showToken(around()).catch((thrown: unknown) => thrown as AlpineK8sError);
    expect((error as AlpineK8sError).message).toContain("cluster-token does not hold a cluster token");
    expect(JSON.stringify(error)).not.toContain("half-a-secret");
  });
});

describe("token rotate --dry-run", () => {
  it("names what the run then does, and makes nothing", async () => {
    const old = tokenId(await fileToken());
    const before = [await treeOf(world.folder, /^$/), [...api.ids()]];
    const runs = await runsOf(world.folder);
    const plan = await planRotation(around());
    expect([await treeOf(world.folder, /^$/), [...api.ids()]]).toEqual(before);
    const ids = plan.steps.flatMap(({ id, items }) => items.map((item) => itemId(id, item)));
    expect(ids).toEqual(["make-token/-/make", "write-token/-/write", `revoke-tokens/-/revoke-${old}`]);
    expect((await rotate()).revoked).toEqual([old]);
    expect(await recordedIds(world.folder, runs)).toEqual(ids);
  });

  it("fails as the run does where the cluster cannot be asked", async () => {
    for (const machine of world.machines.values()) machine.running = false;
    const tools = { ...world.tools(), kube: () => Promise.reject(unreachable("GET https://x/readyz", "refused")) };
    await expect(planRotation({ ...around(), tools })).rejects.toMatchObject({ kind: "unhealthy" });
  });
});

describe("token rotate", () => {
  it("makes a new token for two hours, writes it 0600 and revokes the old one and no other", async () => {
    const old = await fileToken();
    const rotated = await rotate();
    const token = await fileToken();
    expect(rotated).toMatchObject({ cluster: "demo", file: file(), id: token.slice(0, 6), revoked: [old.slice(0, 6)] });
    expect(Date.parse(rotated.expires) - Date.now()).toBeGreaterThan(7_190_000);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect([api.takes(token), api.takes(old), api.takes(FOREIGN), api.takes(JOINING)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    const told = JSON.stringify([rotated, world.transcript, world.warnings, api.asked]);
    expect(told).not.toContain(token.slice(7));
    const files = (await readdir(world.folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
    const texts = await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name), "utf8")));
    expect(texts.filter((text) => text.includes(token.slice(7)))).toHaveLength(1);
  });

  it("makes the file when it is not there, and then up uses it", async () => {
    await rm(file());
    expect((await rotate()).revoked).toHaveLength(1);
    expect(api.ids()).toHaveLength(3);
    expect(await showToken(around())).toMatchObject({ state: "valid" });
  });

  const points = ["list", "apply", "Write cluster-token", "delete"];
  it.each(
    points.flatMap(
      (point) =>
        [
          [point, "killed"],
          [point, "Ctrl-C"],
        ] as const,
    ),
  )("ended at %s (%s) leaves a file that the cluster takes; run again it finishes", async (point, how) => {
    const old = await fileToken();
    const stop = new AbortController();
    const end = (): void => {
      if (how === "killed") throw new Error("killed");
      stop.abort(new AlpineK8sError("interrupted", "interrupted"));
      stop.signal.throwIfAborted();
    };
    api.before = (what) => {
      if (what.startsWith(point)) end();
    };
    const progress = world.progress();
    const stepStarted = (title: string): void => {
      progress.stepStarted(title);
      if (title === point) end();
    };
    const input = { ...around(stop.signal), progress: { ...progress, stepStarted } };
    await expect(rotateToken(input)).rejects.toThrow(how === "killed" ? "killed" : "interrupted");
    expect(api.takes(await fileToken())).toBe(true);
    api.before = () => undefined;
    await rotate();
    expect(api.takes(old)).toBe(false);
    expect(api.takes(await fileToken())).toBe(true);
    expect(api.ids()).toEqual(["add000", "f0reig", (await fileToken()).slice(0, 6)].sort());
  });

  it("revokes a token of plain Vagrant, which has no description, also when it was ended before that", async () => {
    const plain = "0fp1ai.0123456789abcdef";
    await writeFile(file(), `${plain}\n`);
    api.put(tokenSecret(plain, new Date(), ""));
    api.before = (what) => {
      if (what.startsWith("delete")) throw new Error("killed");
    };
    await expect(rotate()).rejects.toThrow("killed");
    expect(await fileToken()).not.toBe(plain);
    api.before = () => undefined;
    expect((await rotate()).revoked).toContain("0fp1ai");
  });

  it("keeps out of another run's way", async () => {
    const lock = join(world.folder, ".alpine-k8s/lock");
    await writeFile(
      lock,
      JSON.stringify({ pid: process.ppid, host: hostname(), command: "alpine-k8s up", since: "x" }),
    );
    const old = await fileToken();
    await expect(rotate()).rejects.toMatchObject({ kind: "locked" });
    expect([await fileToken(), api.asked]).toEqual([old, []]);
  });
});
