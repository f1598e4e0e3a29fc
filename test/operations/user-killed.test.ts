import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addUser, type AddUserInput } from "../../src/operations/user/add.js";
import { removeUser } from "../../src/operations/user/remove.js";
import { renewUser } from "../../src/operations/user/renew.js";
import { UsersWorld } from "./users-world.js";

const RECORD = "/api/v1/namespaces/alpine-k8s-users/configmaps/alpine-k8s-user-anna";

type Kind = AddUserInput["kind"];

const add = (world: UsersWorld, kind: Kind) =>
  addUser({
    ...{ ...world.input(), name: "anna", role: "edit", namespace: undefined, quota: "pods=2,cpu=1" },
    ...{ kind, days: undefined, csr: undefined, file: undefined },
  });
const renew = (world: UsersWorld) =>
  renewUser({ ...world.input(), name: "anna", days: undefined, csr: undefined, file: undefined });
const remove = (world: UsersWorld) =>
  removeUser({ ...world.input(), name: "anna", withData: true, confirm: () => Promise.resolve(true) });

const fileOf = (world: UsersWorld): Promise<string> => world.file("anna.config");

/** Runs `work`, which is killed before its change number `at`; whether it was. No right is without a record then. */
async function killedAt(world: UsersWorld, at: number, work: () => Promise<unknown>): Promise<boolean> {
  let count = 0;
  world.onChange = () => {
    // Nothing that comes after a kill is done, such as taking things back.
    if (++count > at) throw new Error("killed");
  };
  const isKilled = await work().then(
    () => false,
    () => true,
  );
  world.onChange = () => undefined;
  const hasRights = world.left().some((path) => path.includes("rolebindings"));
  expect({ at, hasRights, hasRecord: world.objects.has(RECORD) || !hasRights }).toEqual({
    at,
    hasRights,
    hasRecord: true,
  });
  return isKilled;
}

/** Objects with a random part in their names, without it. */
function kinds(world: UsersWorld): string[] {
  return world.left().map((path) => path.replace(/-[0-9a-f]{16}$/, "-ISSUE"));
}

describe.each<Kind>(["token", "certificate"])("a user with a %s", (kind) => {
  it("is added as a whole by the same command, wherever it was killed", async () => {
    const whole = await UsersWorld.create();
    await add(whole, kind);
    const world = await UsersWorld.create();
    for (let at = 0; ; at += 1) {
      const isKilled = await killedAt(world, at, () => add(world, kind));
      const early = await fileOf(world).catch(() => undefined);
      if (isKilled && early !== undefined && at < 6) expect(world.rights(early)).toEqual([]);
      await add(world, kind);
      expect(world.rights(await fileOf(world))).toEqual(["edit in anna"]);
      expect(kinds(world)).toEqual(kinds(whole));
      if (!isKilled) break;
      world.objects.clear();
      await rm(join(world.folder, "anna.config"), { force: true });
    }
  });

  it("that was half added is taken back by remove, and its file gives nothing", async () => {
    const world = await UsersWorld.create();
    for (let at = 2; await killedAt(world, at, () => add(world, kind)); at += 1) {
      await remove(world);
      expect(world.left()).toEqual([]);
      const file = await fileOf(world).catch(() => undefined);
      if (file !== undefined) expect(world.rights(file)).toEqual([]);
    }
  });

  it("is renewed by the same command, wherever it was killed; only the last file gives anything", async () => {
    const world = await UsersWorld.create();
    await add(world, kind);
    const whole = kinds(world);
    const files = [await fileOf(world)];
    for (let at = 0; await killedAt(world, at, () => renew(world)); at += 1) {
      files.push(await fileOf(world));
      await renew(world);
      files.push(await fileOf(world));
      const old = files.slice(0, -1).filter((text) => text !== files.at(-1));
      expect(old.flatMap((text) => world.rights(text))).toEqual([]);
      expect(world.rights(await fileOf(world))).toEqual(["edit in anna"]);
      expect(kinds(world)).toEqual(whole);
    }
  });

  it("is removed by the same command, wherever it was killed, and the rights go first", async () => {
    const world = await UsersWorld.create();
    for (let at = 0; ; at += 1) {
      await add(world, kind);
      const file = await fileOf(world);
      const isKilled = await killedAt(world, at, () => remove(world));
      // For a certificate one change is ahead: the note that its group is never given again.
      if (at > 1) expect(world.rights(file)).toEqual([]);
      if (!isKilled) break;
      await remove(world);
      expect(world.left()).toEqual([]);
      await add(world, kind);
      expect(world.rights(file)).toEqual([]);
      await remove(world);
    }
    expect(world.left()).toEqual([]);
  });
});

describe("a failure on the way", () => {
  it("after something was made says how to go on and how to take it back", async () => {
    const world = await UsersWorld.create();
    world.onChange = (change) => {
      if (change.startsWith("apply ResourceQuota")) throw new Error("no");
    };
    await expect(add(world, "token")).rejects.toThrow("no");
    world.onChange = () => undefined;
    expect(world.left().some((path) => path.includes("rolebindings"))).toBe(false);
    await add(world, "token");
    expect(world.rights(await fileOf(world))).toEqual(["edit in anna"]);
  });
});
