import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterSpec, VagrantProviderName } from "../../src/model/spec/cluster-spec.js";
import { type ClusterFiles, renderClusterFiles } from "../../src/templates/cluster-files.js";
import { plainSpec, testTemplates, topologyOn } from "./inputs.js";

export const TOKEN = "abcdef.0123456789abcdef";

export function filesFor(
  provider: VagrantProviderName,
  spec: ClusterSpec = plainSpec,
  orphans: string[] = [],
): ClusterFiles {
  return renderClusterFiles({ topology: topologyOn(provider), spec, orphans }, testTemplates);
}

/** A cluster folder with the rendered files and, unless `bare`, the other files that `render` writes. */
export function folderWith(files: ClusterFiles, bare = false): string {
  const folder = mkdtempSync(join(tmpdir(), "it's a #{folder} "));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  if (bare) return folder;
  for (const name of ["pki", "kubeadm", "manifests"]) mkdirSync(join(folder, ".alpine-k8s", name), { recursive: true });
  writeFileSync(join(folder, "cluster-token"), `${TOKEN}\n`);
  writeFileSync(
    join(folder, ".alpine-k8s/pki/ca.crt"),
    "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n",
  );
  writeFileSync(join(folder, ".alpine-k8s/pki/ca.key"), "the key\n");
  writeFileSync(join(folder, ".alpine-k8s/manifests/network.yaml"), "kind: List\n");
  for (const name of ["master1", "minion1", "minion2"]) {
    writeFileSync(join(folder, `.alpine-k8s/kubeadm/${name}.yaml`), `config of ${name}\n`);
  }
  return folder;
}

export interface Recorded {
  readonly path: readonly string[];
  readonly args: readonly unknown[];
}

/** Every setter and call in the Vagrantfile, recorded by a fake Vagrant in real Ruby. */
export function evaluate(folder: string): readonly Recorded[] {
  const recorder = join(import.meta.dirname, "recorder.rb");
  return JSON.parse(execFileSync("ruby", [recorder, join(folder, "Vagrantfile")], { encoding: "utf8" })) as Recorded[];
}

export function callsOf(recorded: readonly Recorded[], ...path: string[]): readonly unknown[][] {
  return recorded.filter((call) => call.path.join(" ") === path.join(" ")).map((call) => [...call.args]);
}

export interface ShellOptions {
  readonly name: string;
  readonly path?: string;
  readonly inline?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function provisionersOf(folder: string, node: string): readonly ShellOptions[] {
  return callsOf(evaluate(folder), node, "vm", "provision").map((args) => args[1] as ShellOptions);
}

export function installed(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

export function runShell(script: string): { status: number; stdout: string; stderr: string } {
  try {
    return { status: 0, stdout: execFileSync("sh", { input: script, encoding: "utf8", stdio: "pipe" }), stderr: "" };
  } catch (error) {
    return error as { status: number; stdout: string; stderr: string };
  }
}
