import { spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const isRoot = process.getuid?.() === 0;

let folder: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "practice-"));
  cache = join(folder, "cache");
  mkdirSync(join(folder, "bin"));
  cpSync(join(ROOT, "practice"), join(folder, "practice"), { recursive: true });
  // Debian 12 with everything installed, a mirror and free disk space; each test breaks one of these.
  program("dpkg-query", "echo installed");
  program("apt-cache", 'echo " 500 https://mirror.example.org/debian bookworm/main amd64 Packages"');
  program("apt-get", 'echo "apt-get was not told about: $*" >&2; exit 99');
  program("df", 'printf "Avail\\n99999999\\n"');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Replaces a program of the computer. */
function program(name: string, script: string): void {
  writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "bin", name), 0o755);
}

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    ALPINE_K8S_PRACTICE_CACHE: cache,
    ALPINE_K8S_PRACTICE_HOME: join(folder, "home"),
  };
}

function bash(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync("bash", ["--norc", ...args], { cwd: folder, env: environment(), encoding: "utf8", timeout: 60_000 });
}

/** Runs shell code with the functions of practice/common.sh. */
function common(code: string): ReturnType<typeof bash> {
  return bash("-euo", "pipefail", "-c", `. practice/common.sh; ${code}`);
}

const BUILD = "practice/kubernetes/build.sh";

describe("building Kubernetes", { timeout: 60_000 }, () => {
  it("names what it has, what it needs and the way out when the disk is too small", () => {
    program("df", 'printf "Avail\\n5242880\\n"');
    expect(bash(BUILD)).toMatchObject({
      status: 3,
      stderr: `practice: ${cache} has 5 GiB free, and building Kubernetes needs 10; free some, or name another folder in ALPINE_K8S_PRACTICE_CACHE\n`,
    });
  });

  it("says when this computer is no Debian", () => {
    for (const name of ["dpkg-query", "apt-cache", "apt-get"]) rmSync(join(folder, "bin", name));
    const PATH = join(folder, "bin");
    for (const name of ["bash", "dirname", "find", "sort", "sha256sum", "cut", "mkdir", "tail", "df"]) {
      if (existsSync(join(PATH, name))) continue;
      program(name, `exec /usr/bin/${name} "$@"`);
    }
    const outcome = spawnSync("/bin/bash", [BUILD], { cwd: folder, env: { ...environment(), PATH }, encoding: "utf8" });
    expect(outcome).toMatchObject({
      status: 3,
      stderr: "practice: this computer has no apt-get: the practice cluster is made for Debian 12\n",
    });
  });

  it("says that a mirror is missing in this computer's package lists, and what to type", () => {
    program("apt-cache", "exit 0");
    const outcome = bash(BUILD);
    expect(outcome.status).toBe(3);
    expect(outcome.stderr).toContain("name no mirror of Debian 12 (bookworm): run apt-get update\n");
  });

  it("says that the source package cannot be had, with apt's own words, and leaves nothing that counts as done", () => {
    program("apt-get", 'echo "E: Unable to locate package kubernetes"; exit 100');
    const outcome = bash(BUILD);
    expect(outcome.status).toBe(3);
    expect(outcome.stderr).toContain("E: Unable to locate package kubernetes\n");
    expect(outcome.stderr).toContain("practice: the source package kubernetes cannot be had from the Debian mirror;");
    expect(readdirSync(cache).filter((name) => /^source-[0-9a-f]+$/.test(name))).toEqual([]);
  });

  it("refuses another version of the source package, and names both", () => {
    program("apt-get", 'case "$*" in *source*) mkdir kubernetes-1.99.0 ;; esac');
    const outcome = bash(BUILD);
    expect(outcome.status).toBe(3);
    expect(outcome.stderr).toMatch(
      /the Debian mirror has kubernetes-1\.99\.0, not kubernetes-1\.20\.5\+really1\.20\.2,/,
    );
  });

  it("shows the last lines that matter when the compiler fails, names the log, and tries again the next time", () => {
    const key = common("hash_of practice/kubernetes source.sh").stdout.trim();
    mkdirSync(join(cache, `source-${key}`, ".go/src/k8s.io/kubernetes"), { recursive: true });
    program(
      "make",
      'echo "+++ Building"; echo "cmd/kubelet/app/server.go:12:3: undefined: wrong"; echo "+++ Stopped"; exit 2',
    );
    for (let turn = 0; turn < 2; turn++) {
      const outcome = bash(BUILD);
      expect(outcome.status).toBe(4);
      expect(outcome.stderr).toContain("\ncmd/kubelet/app/server.go:12:3: undefined: wrong\n");
      expect(outcome.stderr).not.toContain("+++");
      expect(outcome.stderr).toContain(
        `practice: building Kubernetes failed; the whole output is in ${cache}/build-kubernetes.log\n`,
      );
      expect(readdirSync(cache).filter((name) => /^kubernetes-[0-9a-f]+$/.test(name))).toEqual([]);
    }
  });

  it("says which packages it cannot install when it is not root", () => {
    program("dpkg-query", 'for last; do :; done; [ "$last" = jq ] || echo installed');
    program("id", "echo 1000");
    const outcome = bash(BUILD);
    expect(outcome.status).toBe(3);
    expect(outcome.stderr).toBe(
      "practice: installing Debian packages needs root (missing are: jq); run it as root, for example with: sudo practice/kubernetes/build.sh\n",
    );
  });
});

describe("the cache", { timeout: 60_000 }, () => {
  const build = (key: string, command: string): string =>
    `fill() { ${command}; }; built thing ${key} fill && cat "$cache/thing-${key}/result"`;

  it("builds a thing once, and says when what is there was made from other sources", () => {
    expect(common(build("1", 'echo one >"$1/result"'))).toMatchObject({ status: 0, stdout: "one\n", stderr: "" });
    expect(common(build("1", "exit 9"))).toMatchObject({ status: 0, stdout: "one\n", stderr: "" });
    expect(common(build("2", 'echo two >"$1/result"'))).toMatchObject({
      status: 0,
      stdout: "two\n",
      stderr: `practice: what ${cache} has of 'thing' was made from other sources or scripts: it is made anew\n`,
    });
  });

  it("takes what a killed build left for nothing", () => {
    common(build("1", 'echo half >"$1/result"; kill -KILL $$'));
    expect(readdirSync(cache)).toContain("thing-1.new");
    expect(common(build("1", 'echo whole >"$1/result"'))).toMatchObject({ stdout: "whole\n", stderr: "" });
  });

  it("lets two builders at once build it once", async () => {
    const code = `. practice/common.sh; ${build("1", 'echo "$$" >>"$cache/builders"; sleep 0.5; echo done >"$1/result"')}`;
    const one = (): Promise<number | null> =>
      new Promise((done) => {
        const child = spawn("bash", ["--norc", "-euo", "pipefail", "-c", code], { cwd: folder, env: environment() });
        child.on("close", done);
      });
    expect(await Promise.all([one(), one()])).toEqual([0, 0]);
    expect(common('wc -l <"$cache/builders"').stdout.trim()).toBe("1");
  });

  it("names another folder's variable when it cannot be made", () => {
    writeFileSync(cache, "a file");
    expect(common(build("1", "true"))).toMatchObject({
      status: 3,
      stderr: `practice: the cache folder ${cache} cannot be made: become root, or name another one in ALPINE_K8S_PRACTICE_CACHE\n`,
    });
  });
});

describe("the bench", { timeout: 60_000 }, () => {
  it("says that it needs root, why, and what to type", () => {
    program("id", "echo 1000");
    expect(bash("practice/bench/bench.sh", "start")).toMatchObject({
      status: 3,
      stderr:
        "practice: the bench needs root (namespaces, network cards); run it as root, for example with: sudo practice/bench/bench.sh\n",
    });
  });

  it.runIf(isRoot)("says at once that its dockerd ended, with dockerd's own reason, and leaves nothing running", () => {
    program(
      "dockerd",
      `echo 'level=info msg="starting"'; echo 'failed to start daemon: no cgroup mount found' ; exit 1`,
    );
    program("docker", "exit 1");
    const outcome = common(
      "home=$ALPINE_K8S_PRACTICE_HOME bench=practice/bench; . practice/bench/processes.sh; . practice/bench/running.sh; start_keeper",
    );
    expect(outcome.status).toBe(4);
    expect(outcome.stderr).toContain("failed to start daemon: no cgroup mount found\n");
    expect(outcome.stderr).not.toContain("level=info");
    expect(outcome.stderr).toContain("practice: the bench did not start: its dockerd ended at once; its logs are ");
    expect(readdirSync(join(folder, "home"))).not.toContain("keeper.pid");
  });
});
