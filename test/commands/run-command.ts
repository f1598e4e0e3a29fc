import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import CertsRenew from "../../src/commands/certs/renew.js";
import CertsStatus from "../../src/commands/certs/status.js";
import AddNode from "../../src/commands/add-node.js";
import Destroy from "../../src/commands/destroy.js";
import Doctor from "../../src/commands/doctor.js";
import RemoveNode from "../../src/commands/remove-node.js";
import Render from "../../src/commands/render.js";
import Status from "../../src/commands/status.js";
import Timings from "../../src/commands/timings.js";
import Up from "../../src/commands/up.js";
import type { Tools } from "../../src/engine/tools.js";
import { FakeWorld, SPEC } from "../operations/fake-world.js";

export { SPEC };

/** The repository, where oclif reads the name of the program from package.json. */
export const ROOT = join(import.meta.dirname, "../..");

/** What a shell gets from a command. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export type CommandName =
  | "add-node"
  | "remove-node"
  | "up"
  | "status"
  | "doctor"
  | "destroy"
  | "render"
  | "timings"
  | "certs status"
  | "certs renew";

/** A folder with a spec and a world without machines, in which commands run as from the command line. */
export class Bench {
  /** Changes to the world's tools. */
  tools: Partial<Tools> = {};

  constructor(readonly world: FakeWorld) {}

  static async create(spec = SPEC): Promise<Bench> {
    const world = await FakeWorld.create(spec);
    return new Bench(world);
  }

  /** Runs the command in the bench's folder. */
  run(name: CommandName, ...argv: string[]): Promise<Ran> {
    return this.runAnywhere(name, ["--dir", this.world.folder, ...argv]);
  }

  async runAnywhere(name: CommandName, argv: string[]): Promise<Ran> {
    const command = this.#command(name);
    const { stdout, stderr, error } = await captureOutput(() => command.run(argv, ROOT));
    return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
  }

  #command(name: CommandName): { run(argv: string[], root: string): Promise<unknown> } {
    const tools = (): Promise<Tools> => Promise.resolve({ ...this.world.tools(), ...this.tools });
    class FakeAddNode extends AddNode {
      static override id = "add-node";
      protected override tools = tools;
    }
    class FakeUp extends Up {
      static override id = "up";
      protected override tools = tools;
    }
    class FakeStatus extends Status {
      static override id = "status";
      protected override tools = tools;
    }
    class FakeDestroy extends Destroy {
      static override id = "destroy";
      protected override tools = tools;
    }
    class FakeDoctor extends Doctor {
      static override id = "doctor";
      protected override tools = tools;
    }
    class FakeRemoveNode extends RemoveNode {
      static override id = "remove-node";
      protected override tools = tools;
    }
    class FakeRender extends Render {
      static override id = "render";
      protected override tools = tools;
    }
    class FakeCertsStatus extends CertsStatus {
      static override id = "certs:status";
      protected override tools = tools;
    }
    class FakeCertsRenew extends CertsRenew {
      static override id = "certs:renew";
      protected override tools = tools;
    }
    class FakeTimings extends Timings {
      static override id = "timings";
      protected override tools = (): Promise<Tools> => Promise.reject(new Error("timings asks nobody"));
    }
    const certs = { "certs status": FakeCertsStatus, "certs renew": FakeCertsRenew };
    return {
      ...certs,
      "add-node": FakeAddNode,
      "remove-node": FakeRemoveNode,
      doctor: FakeDoctor,
      up: FakeUp,
      status: FakeStatus,
      destroy: FakeDestroy,
      render: FakeRender,
      timings: FakeTimings,
    }[name];
  }
}
