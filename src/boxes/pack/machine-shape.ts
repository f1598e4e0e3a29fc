import type { Architecture } from "../build-request.js";

/** What a machine from the box is, until its user says otherwise. */
export interface MachineShape {
  readonly name: string;
  readonly architecture: Architecture;
  /** Bytes that the disk can hold. */
  readonly capacity: number;
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
}
