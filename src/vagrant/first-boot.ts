import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../base/files.js";
import { clusterPaths } from "../base/paths.js";

/**
 * Remembers which machines are in their first boot. Vagrant sets a machine's network and host name only while it
 * creates the machine: after an interrupted first boot it stays without them, and Vagrant does not show this.
 */
export interface FirstBoot {
  begin(name: string): Promise<void>;
  /** Does nothing for a machine that never began. */
  end(name: string): void;
  /**
   * True when the machine's first boot began and did not end. A machine that Vagrant has provisioned since counts as
   * finished: it is in use.
   */
  isUnfinished(name: string, provider: string): boolean;
}

export function firstBoot(folder: string): FirstBoot {
  const paths = clusterPaths(folder);
  const mark = (name: string): string => join(paths.state, "first-boot", name);
  const sentinel = (name: string, provider: string): string =>
    join(paths.vagrantState, "machines", name, provider, "action_provision");
  return {
    begin: (name) => writeAtomically(mark(name), ""),
    end: (name) => rmSync(mark(name), { force: true }),
    isUnfinished: (name, provider) => existsSync(mark(name)) && !existsSync(sentinel(name, provider)),
  };
}
