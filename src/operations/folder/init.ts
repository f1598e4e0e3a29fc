import { basename } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { writeNew } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import type { ProviderName } from "../../model/spec/cluster-spec.js";
import { defaultAddons, DEFAULT_VAGRANT_PROVIDER, DEFAULTS, defaultNetworkOf } from "../../model/spec/defaults.js";
import { parseSpec } from "../../model/spec/parse-spec.js";
import { packageTemplates } from "../../templates/package-files.js";
import { render } from "../../templates/render.js";
import { compareWithIdentity } from "../../model/topology/compare-identity.js";
import { versionInBoxName } from "../../model/topology/resolve-identity.js";
import type { Identity } from "../../model/topology/topology.js";
import { readIdentity } from "../../engine/read-cluster.js";

/** What the user asks for; what is absent comes from the folder's cluster or the defaults. */
export interface InitInput {
  readonly folder: string;
  readonly name?: string | undefined;
  readonly provider?: ProviderName | undefined;
}

/** What `init` wrote; the shape of its `-o json`, documented in docs/json.md. */
export interface InitSummary {
  readonly file: string;
  readonly cluster: string;
  readonly provider: ProviderName;
  /** What to do next, one line each. */
  readonly next: readonly string[];
}

/**
 * Writes a commented alpine-k8s.yaml with the defaults, or with what the folder's cluster was made with. Throws `usage`
 * (exit 2) when there is such a file.
 */
export async function initFolder(input: InitInput): Promise<InitSummary> {
  const identity = await readIdentity(input.folder);
  const { spec: file } = clusterPaths(input.folder);
  const source = basename(file);
  const folderName = identity?.name ?? basename(input.folder);
  // Flags obey the rules of the file, and errors name them as flags.
  const { name } = parseSpec({ text: undefined, source, folderName, overrides: { name: input.name } });
  const provider = input.provider ?? identity?.provider ?? DEFAULTS.provider;
  const text = specTemplate({ name, named: input.name !== undefined, provider, identity });
  const spec = parseSpec({ text, source, folderName, overrides: {} });
  if (identity) compareWithIdentity(spec, identity);
  if (!(await writeNew(file, text))) throw thereAlready(file);
  const edit = provider === "hosts" ? [`give the machines' addresses in ${source}`] : [];
  return { file, cluster: spec.name, provider, next: [...edit, "alpine-k8s config validate", "alpine-k8s up"] };
}

/** What a new file depends on. */
export interface SpecTemplate {
  readonly name: string;
  /** Whether the user gave the name. */
  readonly named: boolean;
  readonly provider: ProviderName;
  /** The cluster that exists; its values are written where they differ from the defaults. */
  readonly identity: Identity | undefined;
}

/** The text of a new alpine-k8s.yaml. */
export function specTemplate({ name, named, provider, identity }: SpecTemplate): string {
  const usual = usualValues(identity);
  const values = { ...usual, ...pinnedValues(identity) };
  const keys = Object.keys(usual) as (keyof typeof usual)[];
  const off = Object.fromEntries(keys.map((key) => [key, values[key] === usual[key] ? "#" : ""]));
  return render(packageTemplates().read("templates/alpine-k8s.yaml.hbs"), {
    ...{ ...values, name, provider, off: { ...off, name: named ? "" : "#" } },
    ...{ masters: DEFAULTS.masters, minions: DEFAULTS.minions, cpus: DEFAULTS.cpus, memory: DEFAULTS.memory },
    addons: defaultAddons(identity?.kubernetesVersion).join(", "),
  });
}

interface Values {
  readonly domain: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
  readonly box: string;
  readonly vagrantProvider: string;
  readonly network: string;
  readonly version: string;
}

function usualValues(identity: Identity | undefined): Values {
  const { domain, podSubnet, serviceSubnet, dnsDomain, box } = DEFAULTS;
  return {
    ...{ domain, podSubnet, serviceSubnet, dnsDomain, box, vagrantProvider: DEFAULT_VAGRANT_PROVIDER },
    network: defaultNetworkOf(identity?.vagrantProvider),
    version: versionInBoxName(box) ?? "",
  };
}

function pinnedValues(identity: Identity | undefined): Partial<Values> {
  if (!identity) return {};
  const { domain, podSubnet, serviceSubnet, dnsDomain, kubernetesVersion: version } = identity;
  const vagrant = { box: identity.box, network: identity.network, vagrantProvider: identity.vagrantProvider };
  const given = Object.entries(vagrant).filter(([, value]) => value !== undefined);
  return { ...{ domain, podSubnet, serviceSubnet, dnsDomain, version }, ...Object.fromEntries(given) };
}

function thereAlready(file: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${file} is there already and was left as it is`, {
    hints: ["alpine-k8s config show", "or in another folder: alpine-k8s init --dir FOLDER"],
  });
}
