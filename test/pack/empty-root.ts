import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What the launcher and its user need of a system. */
const APPLETS = ["sh", "readlink", "dirname", "ln", "cat", "ls", "mkdir"];

/** A system with BusyBox and the C library that a Node needs, and nothing else. */
export class EmptyRoot {
  readonly path = fs.mkdtempSync(join(tmpdir(), "alpine-k8s-root-"));

  constructor() {
    for (const folder of ["bin", "root", "tmp", "opt", "usr/local/bin"])
      fs.mkdirSync(join(this.path, folder), { recursive: true });
    fs.copyFileSync(fs.realpathSync("/usr/bin/busybox"), join(this.path, "bin/busybox"));
    for (const applet of APPLETS) fs.symlinkSync("busybox", join(this.path, "bin", applet));
    // The Node of this test is built as the one in the archive is.
    for (const [library] of execFileSync("ldd", [process.execPath], { encoding: "utf8" }).matchAll(/\/\S+/g)) {
      fs.mkdirSync(join(this.path, dirname(library)), { recursive: true });
      fs.copyFileSync(fs.realpathSync(library), join(this.path, library));
    }
  }

  /** Runs a script of sh inside, in a folder; with no variable of this computer. */
  sh(script: string, folder = "/root") {
    const words = [this.path, "/bin/sh", "-c", `mkdir -p "${folder}" && cd "${folder}" && ${script}`];
    const { status, stdout, stderr } = spawnSync("/usr/sbin/chroot", words, {
      env: { PATH: "/usr/local/bin:/bin", HOME: "/root" },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}
