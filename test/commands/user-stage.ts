import { captureOutput } from "@oclif/test";
import { beforeEach, vi } from "vitest";
import UserAdd from "../../src/commands/user/add.js";
import UserKubeconfig from "../../src/commands/user/kubeconfig.js";
import UserList from "../../src/commands/user/list.js";
import UserRemove from "../../src/commands/user/remove.js";
import UserRenew from "../../src/commands/user/renew.js";
import { UsersWorld } from "../operations/users-world.js";
import { ROOT, type Ran } from "./run-command.js";

/** A cluster that is up and has no users; made anew for each test. */
export const stage = {} as { world: UsersWorld };

beforeEach(async () => {
  vi.stubEnv("CI", "true");
  stage.world = await UsersWorld.create();
});

/** Runs `alpine-k8s user …` on the stage's cluster. */
export async function user(verb: "add" | "list" | "renew" | "kubeconfig" | "remove", ...argv: string[]): Promise<Ran> {
  const tools = () => Promise.resolve(stage.world.tools());
  class Add extends UserAdd {
    static override id = "user:add";
    protected override tools = tools;
  }
  class List extends UserList {
    static override id = "user:list";
    protected override tools = tools;
  }
  class Renew extends UserRenew {
    static override id = "user:renew";
    protected override tools = tools;
  }
  class Kubeconfig extends UserKubeconfig {
    static override id = "user:kubeconfig";
    protected override tools = tools;
  }
  class Remove extends UserRemove {
    static override id = "user:remove";
    protected override tools = tools;
  }
  const commands = { add: Add, list: List, renew: Renew, kubeconfig: Kubeconfig, remove: Remove };
  const command: { run(argv: string[], root: string): Promise<unknown> } = commands[verb];
  const { stdout, stderr, error } = await captureOutput(() =>
    command.run([...argv, "--dir", stage.world.folder], ROOT),
  );
  return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
}
