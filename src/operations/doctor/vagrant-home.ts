import { join } from "node:path";
import type { ComputerFiles } from "./computer.js";

/** Where Vagrant keeps boxes and its list of machines (Vagrant documentation, VAGRANT_HOME). */
export function vagrantHome({ env, home }: ComputerFiles): string {
  const given = env["VAGRANT_HOME"];
  return given === undefined || given === "" ? join(home, ".vagrant.d") : given;
}
