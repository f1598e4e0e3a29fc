import { expect, it } from "vitest";
import type { Machines } from "../../src/machines/machines.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "./fake-world.js";

it("a failed init is told at once, while the other machines are left to finish", async () => {
  const world = await FakeWorld.create(SPEC);
  world.failures.set("master1$ master.sh", { exitCode: 13, stderr: "alpine-k8s: kubeadm: no" });
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const real = world.tools();
  const slowly = (made: Machines): Machines => ({
    ...made,
    start: async (names, events) => {
      await made.start(["master1"], events);
      await released;
      await made.start(
        names.filter((name) => name !== "master1"),
        events,
      );
    },
  });
  const running = up({
    folder: world.folder,
    tools: { ...real, machines: async (input) => slowly(await real.machines(input)) },
    overrides: {},
    progress: world.progress(),
    signal: new AbortController().signal,
  });
  await expect.poll(() => world.warnings, { timeout: 10_000 }).toHaveLength(1);
  expect(world.warnings[0]).toMatch(
    /master1: kubeadm failed[^]*; waiting for minion1, minion2, still being started or prepared$/,
  );
  expect(world.transcript.at(-1)).toBe("Initialise the control plane: failed");
  release();
  await expect(running).rejects.toMatchObject({ node: "master1" });
  expect(world.transcript).toContain("Start and prepare machines / minion2$ shared.sh");
});
