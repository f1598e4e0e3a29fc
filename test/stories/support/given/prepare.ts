import { access } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { systemTools } from "../../../../src/cli/system-tools.js";
import { findOnPath } from "../../../../src/kubectl/find-on-path.js";
import type { ClusterSpec } from "../../../../src/model/spec/cluster-spec.js";
import { ROOT, start } from "../programs.js";
import { STORIES, type StoryName } from "../stories.js";
import { whyNot } from "./choose.js";
import { lookAtMachines } from "./look.js";
import type { Options } from "./options.js";
import { refusal } from "./refusal.js";
import type { Report } from "./report.js";
import { GivenReporter, notRun } from "./reporter.js";
import type { Given } from "./settings.js";
import { readGivenSpec } from "./spec.js";

/** A run on given machines, checked and ready to begin. */
export interface Prepared {
  readonly given: Given;
  /** The stories that can run. */
  readonly stories: readonly StoryName[];
  readonly reporter: GivenReporter;
}

/**
 * Reads the spec and checks the machines, this computer's kubectl and what each story needs. Changes nothing. Throws an
 * AlpineK8sError when no story may begin.
 */
export async function prepare(options: Options): Promise<Prepared> {
  const spec = readGivenSpec(options.specFile);
  const program = await kubectl(dirname(options.specFile));
  const machines = await lookAtMachines(spec.hosts);
  const kubernetesVersion = await versionOf(spec, options);
  const { specFile, commands, image, reportFolder: home } = options;
  const given: Given = {
    ...{ specFile, commands, image, home, kubernetesVersion },
    ...{ domain: spec.domain, kubectlFolder: dirname(program) },
  };
  const reasons = new Map(options.stories.map((name) => [name, whyNot(STORIES[name], spec.hosts, commands)]));
  const report: Report = {
    ...{ started: new Date().toISOString(), seconds: 0, spec: specFile },
    versions: {
      ...{ alpineK8s: await ownVersion(), kubernetes: kubernetesVersion, machines },
      kubectl: await wordsOf(program, "version", "--client", "-o", "json").then(clientVersion),
    },
    stories: options.stories.map((name) => notRun(name, reasons.get(name))),
  };
  return {
    given,
    stories: options.stories.filter((name) => reasons.get(name) === undefined),
    reporter: new GivenReporter(home, spec.hosts, report),
  };
}

/** The kubectl beside the spec, as kubectl-config puts it there, or the one of the PATH. */
async function kubectl(folder: string): Promise<string> {
  const beside = join(folder, "kubectl");
  const env = { PATH: `${folder}${delimiter}${process.env["PATH"]}` };
  const found = (await access(beside).then(
    () => true,
    () => false,
  ))
    ? await findOnPath("kubectl", env)
    : undefined;
  const program = found ?? (await findOnPath("kubectl", process.env));
  if (program !== undefined) return program;
  throw refusal(
    "prerequisite",
    "there is no kubectl to look at clusters with, neither on the PATH nor beside the spec",
    `put the kubectl of the machines' Kubernetes there, as alpine-k8s kubectl-config does: ${beside}`,
  );
}

/** The version in the spec, or the one that the machines have or would install, found as the tool itself finds it. */
async function versionOf(spec: ClusterSpec, { reportFolder }: Options): Promise<string> {
  const signal = AbortSignal.timeout(120_000);
  const found = await systemTools().discoverDefaults({
    folder: join(reportFolder, "look"),
    spec,
    signal,
    onPinned: () => undefined,
  });
  const version = spec.kubernetes.version ?? found.kubernetesVersion;
  if (version !== undefined) return version;
  throw refusal(
    "usage",
    "no machine tells its Kubernetes version",
    'say it in the spec: spec.kubernetes.version: "vX.Y.Z"',
  );
}

/** The version of this checkout, with its commit if git knows it. */
async function ownVersion(): Promise<string> {
  const { version } = JSON.parse(await wordsOf("cat", join(ROOT, "package.json"))) as { version: string };
  const commit = await wordsOf("git", "describe", "--always", "--dirty");
  return commit === "" ? version : `${version} (${commit})`;
}

async function wordsOf(program: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await start(program, words).done.catch(() => ({ stdout: "" }));
  return stdout.trim();
}

function clientVersion(text: string): string {
  return /"gitVersion": *"([^"]+)"/.exec(text)?.[1] ?? "of no known version";
}
