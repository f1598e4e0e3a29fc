import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Services that Alpine's packages bring, with their parts for OpenRC (aports): a claim of ours, as the calls of apk are. */
const SERVICES: Readonly<Record<string, string>> = {
  containerd: "containerd",
  "cri-o": "crio",
  docker: "docker",
  chrony: "chronyd",
  openssh: "sshd",
};

/** Writes down every call; a package brings its service. */
const APK = `#!/bin/sh
set -eu
echo "apk $*" >>/calls
[ "$1" = add ] || exit 0
shift
while read -r package service; do
  for wanted in "$@"; do
    [ "\${wanted%%=*}" != "$package" ] || : >"/etc/init.d/$service"
  done
done </services
`;

/** Refuses every other call than the recipe's, and a service that no package has brought. */
const RC_UPDATE = `#!/bin/sh
set -eu
[ $# = 4 ] && [ "$1 $2" = "-q add" ] || { echo "rc-update was not told about: $*" >&2; exit 97; }
[ -e "/etc/init.d/$3" ] || { echo "there is no service $3" >&2; exit 97; }
[ ! -e "/etc/runlevels/$4/$3" ] || { echo "$3 is in $4 already" >&2; exit 97; }
ln -s "/etc/init.d/$3" "/etc/runlevels/$4/$3"
`;

/** An Alpine in a folder, as far as scripts of the recipe ask for it: BusyBox, and doubles of apk and rc-update. */
export class RecipeRoot {
  readonly #root = fs.mkdtempSync(join(tmpdir(), "alpine-k8s-recipe-root-"));

  constructor() {
    const busybox = fs.realpathSync("/usr/bin/busybox");
    this.#put("bin/busybox", "");
    fs.copyFileSync(busybox, join(this.#root, "bin/busybox"));
    fs.chmodSync(join(this.#root, "bin/busybox"), 0o755);
    for (const applet of execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n"))
      if (applet !== "busybox") fs.symlinkSync("busybox", join(this.#root, "bin", applet));
    this.#put("sbin/apk", APK);
    this.#put("sbin/rc-update", RC_UPDATE);
    this.#put(
      "services",
      Object.entries(SERVICES)
        .map((pair) => `${pair.join(" ")}\n`)
        .join(""),
    );
    this.#put("etc/init.d/cgroups", "");
    this.#put("etc/apk/repositories", "https://dl-cdn.alpinelinux.org/alpine/v3.24/main\n");
    this.#put("etc/apk/keys/alpine.pub", "");
    for (const level of ["sysinit", "boot", "default"]) this.#folder(`etc/runlevels/${level}`);
    this.#put("calls", "");
  }

  /** Runs a script as root; throws when it fails. */
  run(script: string, variables: Readonly<Record<string, string>>): void {
    const words = ["--map-root-user", "--root", this.#root, "/bin/sh", "-s"];
    const env = { ...variables, PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
    const done = spawnSync("/usr/bin/unshare", words, { input: script, env, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`${done.status ?? ""} ${done.stderr}`);
  }

  /** What apk was asked for until now. */
  calls(): readonly string[] {
    return this.read("calls").trim().split("\n");
  }

  read(path: string): string {
    return fs.readFileSync(join(this.#root, path), "utf8");
  }

  /** Services by runlevel, links, and configuration that scripts have made. */
  made(): readonly string[] {
    const levels = ["boot", "default"].flatMap((level) =>
      fs.readdirSync(join(this.#root, "etc/runlevels", level)).map((name) => `${level} ${name}`),
    );
    const link = `/opt/cni/bin -> ${fs.readlinkSync(join(this.#root, "opt/cni/bin"))}`;
    const drop = "etc/crio/crio.conf.d/10-alpine-k8s.conf";
    const lines = fs.existsSync(join(this.#root, drop)) ? [`/${drop}:`, ...this.read(drop).trim().split("\n")] : [];
    return [...levels, link, ...lines];
  }

  #put(path: string, text: string): void {
    this.#folder(dirname(path));
    fs.writeFileSync(join(this.#root, path), text, { mode: 0o755 });
  }

  #folder(path: string): void {
    fs.mkdirSync(join(this.#root, path), { recursive: true });
  }
}
