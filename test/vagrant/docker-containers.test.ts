import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { dockerContainers } from "../../src/vagrant/docker-containers.js";
import { nameserversHere } from "../../src/vagrant/nameservers.js";

const PORTS = '{"22/tcp":[{"HostIp":"127.0.0.1","HostPort":"2200"}],"6443/tcp":null}';

const PUBLISHED = "inspect --format {{json .NetworkSettings.Ports}} c1";

/**
 * A folder with machines with these ids, and a docker that answers these command lines and refuses all others. An answer
 * that begins with "Error" is a failure; of a list of answers the last is repeated.
 */
function bench(
  ids: Readonly<Record<string, string>>,
  answers: (folder: string) => Readonly<Record<string, string | readonly string[]>>,
) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "cluster-")));
  for (const [name, id] of Object.entries(ids)) {
    const path = join(folder, ".vagrant/machines", name, "docker/id");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, id);
  }
  const program = mkdtempSync(join(tmpdir(), "fake-docker-"));
  const cases = Object.entries(answers(folder)).map(([line, texts], index) => {
    const each = [texts].flat().map((text, tries) => `${tries}) say '${text}' ;;`);
    const last = [texts].flat().at(-1) ?? "";
    return `'${line}') case $(count ${index}) in ${each.join(" ")} *) say '${last}' ;; esac ;;`;
  });
  const script = `#!/bin/sh
say() { case $1 in Error*) echo "$1" >&2; exit 1 ;; esac; printf '%b' "$1"; }
count() { file=${program}/count-$1; n=$(cat "$file" 2>/dev/null || echo 0); echo $((n + 1)) >"$file"; echo "$n"; }
case "$*" in\n${cases.join("\n")}\n*) echo "not told about: $*" >&2; exit 1 ;;\nesac\n`;
  writeFileSync(join(program, "docker"), script, { mode: 0o755 });
  vi.stubEnv("PATH", `${program}:${process.env["PATH"] ?? ""}`);
  const log: string[] = [];
  return { containers: dockerContainers(folder, (line) => log.push(line)), log };
}

const list = (folder: string): string =>
  `ps --all --no-trunc --filter label=alpine-k8s.folder=${folder} --format {{.ID}} {{.Names}}`;

describe("containers of a cluster folder", () => {
  it("tell where Docker publishes a port", async () => {
    const { containers } = bench({ master1: "c1\n" }, () => ({ [PUBLISHED]: PORTS }));
    expect(await containers.published("master1", 22)).toEqual({ address: "127.0.0.1", port: 2200 });
    expect(await containers.published("master1", 6443)).toBeUndefined();
    expect(await containers.published("minion1", 22)).toBeUndefined();
  });

  it("that Vagrant does not know are removed, those of other machines are not", async () => {
    const { containers, log } = bench({ master1: "c1", minion1: "preparing" }, (folder) => ({
      [list(folder)]: "c1 demo-0123abcd-master1\\nc2 demo-0123abcd-minion1\\nc3 demo-0123abcd-minion2\\n",
      "rm --force --volumes c2": "c2",
    }));
    expect(await containers.removeLeftovers(["master1", "minion1"])).toEqual(["demo-0123abcd-minion1"]);
    expect(log.filter((line) => line.startsWith("$ docker rm"))).toEqual(["$ docker rm --force --volumes c2"]);
  });

  it("in a virtual machine carry no address that is asked for: wrong usage, where Docker itself is well", async () => {
    const info = { ServerVersion: "27.3.1", CgroupVersion: "2", OperatingSystem: "Docker Desktop" };
    const { containers } = bench({}, () => ({ "info --format {{json .}}": JSON.stringify(info) }));
    const demands = { kubernetesVersion: "v1.36.1", allowsCgroupV1: false };
    await containers.check({ ...demands, sharesAddress: false });
    await expect(containers.check({ ...demands, sharesAddress: true })).rejects.toMatchObject({
      kind: "usage",
      message: expect.stringContaining("the containers of Docker Desktop are in a virtual machine") as string,
    });
  });

  it("that went away meanwhile are published nowhere", async () => {
    const { containers } = bench({ master1: "c1" }, () => ({ [PUBLISHED]: "Error: No such object: c1" }));
    expect(await containers.published("master1", 22)).toBeUndefined();
  });

  it("that another command removes are waited for, and those that are gone are no failure", async () => {
    const { containers, log } = bench({}, (folder) => ({
      [list(folder)]: "c2 demo-0123abcd-minion1\\nc3 demo-0123abcd-minion2\\n",
      "rm --force --volumes c2": [
        "Error response from daemon: removal of container c2 is already in progress",
        "Error: No such container: c2",
      ],
      "rm --force --volumes c3": "Error: No such container: c3",
    }));
    expect(await containers.removeLeftovers()).toEqual(["demo-0123abcd-minion1", "demo-0123abcd-minion2"]);
    expect(log.filter((line) => line.startsWith("$ docker rm"))).toEqual([
      "$ docker rm --force --volumes c2",
      "$ docker rm --force --volumes c2",
      "$ docker rm --force --volumes c3",
    ]);
  });

  it("leave their network in peace until the last is gone", async () => {
    const full = bench({}, () => ({
      "network ls --quiet --filter name=^demo-0123abcd$": "n1",
      "ps --all --quiet --filter network=demo-0123abcd": "c9",
    }));
    await full.containers.removeNetwork("demo-0123abcd");
    const empty = bench({}, () => ({
      "network ls --quiet --filter name=^demo-0123abcd$": "n1",
      "ps --all --quiet --filter network=demo-0123abcd": "",
      "network rm demo-0123abcd": "",
    }));
    await empty.containers.removeNetwork("demo-0123abcd");
    expect(empty.log.at(-1)).toBe("$ docker network rm demo-0123abcd");
    const none = bench({}, () => ({ "network ls --quiet --filter name=^demo-0123abcd$": "" }));
    await none.containers.removeNetwork("demo-0123abcd");
  });

  it("cannot be asked when Docker does not answer: that is said with its words", async () => {
    const { containers } = bench({ master1: "c1" }, () => ({}));
    await expect(containers.published("master1", 22)).rejects.toMatchObject({
      kind: "prerequisite",
      message: "docker inspect failed: not told about: inspect --format {{json .NetworkSettings.Ports}} c1",
    });
  });
});

describe("name servers of this computer", () => {
  const read = (files: Readonly<Record<string, string>>) => nameserversHere((path) => files[path] ?? "");

  it("are those of resolv.conf", () => {
    expect(
      read({ "/etc/resolv.conf": "search a\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nnameserver 192.0.2.2\n" }),
    ).toEqual(["192.0.2.1", "192.0.2.2"]);
  });

  it("are those that systemd-resolved asks, where resolv.conf names its own", () => {
    const resolved = "/run/systemd/resolve/resolv.conf";
    expect(read({ "/etc/resolv.conf": "nameserver 127.0.0.53\n", [resolved]: "nameserver 192.0.2.3\n" })).toEqual([
      "192.0.2.3",
    ]);
  });

  it("may be none", () => expect(read({})).toEqual([]));
});
