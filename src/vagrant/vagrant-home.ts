import { join } from "node:path";
import type { LocalFiles } from "../base/local-system.js";

/** Where Vagrant keeps boxes and its list of machines (Vagrant documentation, VAGRANT_HOME). */
export function vagrantHome({ env, home }: LocalFiles): string {
  const given = env["VAGRANT_HOME"];
  return given === undefined || given === "" ? join(home, ".vagrant.d") : given;
}
