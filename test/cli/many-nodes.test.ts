import { getMaxListeners } from "node:events";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { BaseCommand } from "../../src/cli/base-command.js";
import type { Tools } from "../../src/engine/tools.js";
import { FakeWorld } from "../operations/fake-world.js";
import { ROOT, SPEC } from "../commands/run-command.js";

it("any number of nodes may listen for the end of a command without a warning of Node's", async () => {
  const world = await FakeWorld.create(SPEC);
  let most = -1;
  class Probe extends BaseCommand {
    protected override tools = (): Promise<Tools> => Promise.resolve(world.tools());
    async run(): Promise<void> {
      await this.operate({ dir: tmpdir(), verbose: false }, ({ signal }) => {
        most = getMaxListeners(signal);
        return Promise.resolve();
      });
    }
  }
  await Probe.run([], ROOT);
  expect(most).toBe(0);
});
