import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sharedVariables } from "../../src/alpine/variables.js";
import { callsOf, evaluate, filesFor, folderWith, installed, provisionersOf } from "./evaluate.js";
import { plainSpec, topologyOn } from "./inputs.js";

describe.runIf(installed("ruby"))("the Vagrantfile for containers", () => {
  const argumentsOf = (folder: string, name: string): readonly string[] => {
    const [[args] = []] = callsOf(evaluate(folder), name, "vm", "provider docker", "create_args=");
    return args as readonly string[];
  };

  it("starts the image's own init and gives every node its size, its address and the cluster's own network", () => {
    const folder = folderWith(filesFor("docker", plainSpec, ["minion3"]));
    const recorded = evaluate(folder);
    expect(callsOf(recorded, "vm", "provider docker", "image=")).toEqual([
      ["registry.example.com/alpine-node:kubernetes-v1.36.1"],
    ]);
    expect(callsOf(recorded, "vm", "provider docker", "cmd=")).toEqual([[["/sbin/init"]]]);
    expect(callsOf(recorded, "minion2", "vm", "provider docker", "name=")).toEqual([["demo-0123abcd-minion2"]]);
    expect(callsOf(recorded, "minion2", "vm", "hostname=")).toEqual([["minion2"]]);
    const args = argumentsOf(folder, "minion2").join(" ");
    expect(args).toContain("--network demo-0123abcd ");
    expect(args).toContain(" --ip 10.250.250.11 --cpus 2 --memory 4096m --memory-swap 4096m");
    expect(args).toContain(`--label alpine-k8s.folder=${folder} `);
    expect(callsOf(recorded, "vm", "box=")).toEqual([]);
  });

  it("hands out neither the clock nor the kernel's modules, and nothing that Docker may withhold", () => {
    const args = argumentsOf(folderWith(filesFor("docker")), "master1");
    const added = args.filter((_, index) => args[index - 1] === "--cap-add");
    expect(added).toContain("SYS_ADMIN");
    for (const name of ["SYS_TIME", "SYS_MODULE", "SYS_RESOURCE", "ALL"]) expect(added).not.toContain(name);
    expect(args).not.toContain("--privileged");
  });

  it("publishes ssh, and the API of masters, on this computer alone", () => {
    const recorded = evaluate(folderWith(filesFor("docker")));
    const here = { host_ip: "127.0.0.1", auto_correct: true };
    expect(callsOf(recorded, "master1", "vm", "network")).toEqual([
      ["forwarded_port", { id: "ssh", guest: 22, host: 2222, ...here }],
      ["forwarded_port", { id: "api", guest: 6443, host: 6443, ...here }],
    ]);
    expect(callsOf(recorded, "minion1", "vm", "network")).toEqual([
      ["forwarded_port", { id: "ssh", guest: 22, host: 2223, ...here }],
    ]);
  });

  // This has happened: two containers started at the same moment, and Docker refused the second: port is already
  // allocated.
  it("gives no two nodes a port that both could take", () => {
    const recorded = evaluate(folderWith(filesFor("docker")));
    const names = ["master1", "minion1", "minion2"];
    const ports = names.flatMap((name) => {
      const range = String(callsOf(recorded, name, "vm", "usable_port_range=")[0]?.[0]);
      const [first = NaN, last = NaN] = range.split("..").map(Number);
      const published = callsOf(recorded, name, "vm", "network").map((args) => (args[1] as { host: number }).host);
      return [...published, ...Array.from({ length: last - first + 1 }, (_, index) => first + index)];
    });
    expect(ports).toHaveLength(4 + 3 * 20);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it("makes the network before machines start, and takes it away when they are gone", () => {
    const recorded = evaluate(folderWith(filesFor("docker")));
    expect(callsOf(recorded, "trigger", "before")).toEqual([[["up", "reload"]]]);
    expect(callsOf(recorded, "trigger", "after")).toEqual([["destroy"]]);
  });

  it("tells nodes the same as the command line tool does over ssh", () => {
    const topology = topologyOn("docker");
    const [node] = topology.nodes;
    if (!node) throw new Error("the test's topology has no node");
    const [shared] = provisionersOf(folderWith(filesFor("docker")), "master1");
    const names = Object.keys(shared?.env ?? {}).filter((name) => name !== "AK8S_CLOCK_SLACK");
    const overSsh = sharedVariables({ topology, spec: plainSpec, node, caFingerprint: "", nameservers: [] });
    const expected = Object.keys(overSsh).filter((name) => !name.startsWith("AK8S_SSH_"));
    expect(names.sort()).toEqual(expected.sort());
    expect(shared?.env?.["AK8S_NAMESERVERS"]).toMatch(/^(?:none|\d+(?:\.\d+){3}(?:,\d+(?:\.\d+){3})*)$/);
  });
});

describe.runIf(installed("vagrant"))("the real vagrant", { timeout: 240_000 }, () => {
  it("accepts the Vagrantfile for containers, and takes Docker for it without being told", () => {
    const folder = folderWith(filesFor("docker", plainSpec, ["minion3"]));
    // Vagrant asks Docker for its version before it uses it.
    mkdirSync(join(folder, "bin"));
    const script = '#!/bin/sh\n[ "$*" = version ] || { echo "docker was not told about: $*" >&2; exit 1; }\n';
    writeFileSync(join(folder, "bin/docker"), script, { mode: 0o755 });
    const env = {
      ...process.env,
      PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
      VAGRANT_HOME: join(folder, "home"),
      VAGRANT_CHECKPOINT_DISABLE: "1",
    };
    const run = (verb: string) => spawnSync("vagrant", [verb], { cwd: folder, env, encoding: "utf8" });
    expect(run("validate")).toMatchObject({ status: 0, stdout: "Vagrantfile validated successfully.\n", stderr: "" });
    expect(run("status").stdout).toMatch(/^master1 +not created \(docker\)\nminion1 +not created \(docker\)\n/m);
  });
});
