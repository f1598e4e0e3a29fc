import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKS } from "../../src/operations/doctor/catalogue.js";
import { type Finding, runChecks } from "../../src/operations/doctor/run-checks.js";
import { programsOf } from "../../src/operations/doctor/programs.js";
import type { Subject } from "../../src/operations/doctor/subject.js";
import { clusterPaths } from "../../src/base/paths.js";
import type { ClusterSpec, VagrantProviderName } from "../../src/model/spec/cluster-spec.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { resolveIdentity } from "../../src/model/topology/resolve-identity.js";
import type { Identity } from "../../src/model/topology/topology.js";
import { fakeComputer, type FakeComputerParts } from "../fakes/fake-computer.js";

/** The differences from a good computer with an empty folder. */
export interface SubjectParts extends Partial<Omit<Subject, "computer" | "spec">> {
  readonly computer?: FakeComputerParts;
  /** The text below `spec:` in alpine-k8s.yaml, in flow style; `false` for an invalid file. */
  readonly spec?: string | false;
  /** Whether the folder has a cluster. */
  readonly pinned?: boolean;
}

export function specOf(text: string): ClusterSpec {
  const head = "apiVersion: alpine-k8s/v1\nkind: Cluster\nmetadata: { name: demo }\n";
  return parseSpec({ text: `${head}spec: ${text}\n`, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });
}

export function identityOf(spec: ClusterSpec, vagrantProvider: VagrantProviderName = "libvirt"): Identity {
  return resolveIdentity(spec, {
    ...{ vagrantProvider, kubernetesVersion: "v1.36.1" },
    ...{ caHash: `sha256:${"a".repeat(64)}`, folderId: "0123abcd" },
  });
}

export function subjectOf({ computer = {}, spec = "{}", pinned = false, ...parts }: SubjectParts = {}): Subject {
  const seen = fakeComputer(computer);
  const parsed = spec === false ? undefined : specOf(spec);
  return {
    ...{ computer: seen, programs: programsOf(seen), spec: parsed, made: new Set<string>() },
    paths: clusterPaths(mkdtempSync(join(tmpdir(), "alpine-k8s-doctor-"))),
    identity: pinned && parsed ? identityOf(parsed, parts.vagrantProvider) : undefined,
    ...{ vagrantProvider: "libvirt", lock: { state: "none", holder: "" } },
    ...{ specProblem: undefined, identityProblem: undefined },
    ...parts,
  };
}

/** The finding of one check. */
export async function find(id: string, parts: SubjectParts | Subject = {}): Promise<Finding> {
  const check = CHECKS.find((candidate) => candidate.id === id);
  if (!check) throw new Error(`there is no check ${id}`);
  const subject = "programs" in parts && "paths" in parts ? (parts as Subject) : subjectOf(parts);
  const [looked] = await runChecks([check], subject);
  if (!looked) throw new Error("nothing was looked at");
  return looked.finding;
}

/** `failed error`, `failed warning`, `ok` or `skipped`. */
export function verdict({ state, weight }: Finding): string {
  return state === "failed" ? `failed ${weight}` : state;
}
