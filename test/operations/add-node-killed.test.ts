import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { addNode } from "../../src/operations/add-node/add-node.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "./fake-world.js";

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await up({ ...around(), overrides: {} });
  world.tokens.clear();
  world.joins.splice(0);
});

function around() {
  const { signal } = new AbortController();
  return { folder: world.folder, tools: world.tools(), progress: world.progress(), signal };
}

const add = (name?: string) => addNode({ ...around(), wish: { name, count: 1, shape: {}, host: {} } });

describe("an add-node that was killed", () => {
  const token = "killed.0123456789abcdef";
  const noted = (): string => join(world.folder, ".alpine-k8s/join-tokens");
  const others = "others.0123456789abcdef";

  it("has noted its token before the API hears of it", async () => {
    const seen: string[] = [];
    world.onCommand = (line) => {
      if (line.startsWith("api GET /api/v1/namespaces/kube-system/secrets/")) expect(existsSync(noted())).toBe(false);
      if (line.startsWith("api APPLY Secret/")) seen.push(...readFileSync(noted(), "utf8").split("\n"));
    };
    await add();
    expect(seen).toEqual([world.joins[0]?.token.slice(0, 6), ""]);
    expect(existsSync(noted())).toBe(false);
  });

  it.each(["add-node", "up"] as const)("leaves a token that the next %s revokes, and no other one", async (command) => {
    for (const one of [token, others]) world.tokens.add(one);
    await writeFile(noted(), "killed\n");
    if (command === "up") await up({ ...around(), overrides: {} });
    else await add("minion2");
    expect([...world.tokens]).toEqual([others]);
    expect(existsSync(noted())).toBe(false);
  });

  it("stays noted while it cannot be revoked: up says so and ends well", async () => {
    world.tokens.add(token);
    await writeFile(noted(), "killed\n");
    world.onCommand = (line) => {
      if (line.startsWith("api DELETE")) throw new Error("the API is busy");
    };
    const { warnings } = await up({ ...around(), overrides: {} });
    expect(warnings).toContain(
      "the join token of an add-node that was killed was not revoked (the API is busy); it expires",
    );
    expect(await readFile(noted(), "utf8")).toBe("killed\n");
  });
});
