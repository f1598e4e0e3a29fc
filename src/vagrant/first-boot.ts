import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../base/files.js";
import { clusterPaths } from "../base/paths.js";

/**
 * Remembers which machines are in their first boot. Vagrant gives a machine its network and host name only while it
 * creates it: one whose first boot was broken off stays without them, and nothing that Vagrant tells shows it.
 */
export interface FirstBoot {
  begin(name: string): Promise<void>;
  /** Also for a machine that never began. */
  end(name: string): void;
  /**
   * True when the machine's first boot began and did not end. A machine that Vagrant has provisioned since is not
   * unfinished: somebody works with it.
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
