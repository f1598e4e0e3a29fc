import { AlpineK8sError } from "../../base/errors.js";
import type { LocalFiles } from "../../base/local-system.js";
import { shown } from "../../boxes/base-source.js";
import { belies, boxFacts, factsText, fits, type WantedBox } from "../../boxes/fit/box-facts.js";
import { compareVersions, newestOf } from "../../boxes/fit/box-versions.js";
import { readCatalogue, type Catalogue } from "../../boxes/fit/read-catalogue.js";
import type { HttpOptions } from "../../http/http-get.js";
import type { ClusterSpec, VagrantProviderName } from "../../model/spec/cluster-spec.js";
import { DEFAULTS } from "../../model/spec/defaults.js";
import { boxName } from "../../model/spec/formats.js";
import { claimOf } from "../../model/versions/box-claim.js";
import { VAGRANT_PROVIDERS } from "../../templates/vagrant-provider.js";
import { keptBoxes, vagrantArchitecture, type KeptBox } from "../../vagrant/kept-boxes.js";
import { specProxy } from "./spec-proxy.js";

/** A box that fits by its metadata. */
export interface ChosenBox {
  readonly box: string;
  /** The catalogue that it comes from, as the spec names it; absent for one that Vagrant has. */
  readonly boxCatalog?: string;
  /** What is in it. */
  readonly kubernetesVersion: string;
}

export interface ChooseBox {
  readonly computer: LocalFiles;
  /** The cluster folder, to which a catalogue's path is relative. */
  readonly folder: string;
  readonly spec: ClusterSpec;
  readonly provider: VagrantProviderName;
  /** PEM of the CAs of `spec.proxy.ca`. */
  readonly proxyCa: string | undefined;
  readonly signal: AbortSignal;
}

/** Milliseconds without a byte after which a catalogue counts as stalled. */
const STALL = 20_000;

/** Whether the spec leaves it to us which box it is. */
export function namesNoBox({ provider, vagrant }: ClusterSpec): boolean {
  const { box, boxUrl, image } = vagrant;
  return provider === "vagrant" && image === undefined && box === DEFAULTS.box && boxUrl === "";
}

/**
 * The box of a new cluster whose spec names none, by what boxes say is in them: one that Vagrant has, of the usual name or
 * else the newest; else the one of the spec's catalogue; nothing when none fits. Throws what {@link readCatalogue} throws, and
 * `prerequisite` when Vagrant has another box of the name that the catalogue's has: it would take that.
 */
export async function chooseBox(choose: ChooseBox): Promise<ChosenBox | undefined> {
  const { spec, provider, computer } = choose;
  const wanted = wantedBox(spec);
  if (!namesNoBox(spec) || wanted === undefined) return undefined;
  const newest = await newestKept(computer, provider);
  const fitting = newest.filter(({ name, metadata }) => fits(name, boxFacts(metadata?.["alpine-k8s"]), wanted));
  const [best] = fitting.sort((one, other) => usualFirst(one, other) || compareVersions(other.version, one.version));
  if (best !== undefined) return { box: best.name, kubernetesVersion: wanted.kubernetes };
  const { boxCatalog } = spec.vagrant;
  if (boxCatalog === undefined) return undefined;
  const name = fittingIn(await catalogueOf(choose, boxCatalog), choose, wanted);
  if (name === undefined) return undefined;
  const inTheWay = newest.find((one) => one.name === name);
  if (inTheWay !== undefined) throw otherOfThatName(inTheWay, boxCatalog);
  return { box: name, boxCatalog, kubernetesVersion: wanted.kubernetes };
}

/** The newest version of each box that Vagrant has for a provider and this processor: the one that it makes machines of. */
export async function newestKept(computer: LocalFiles, provider: VagrantProviderName): Promise<readonly KeptBox[]> {
  const formats = VAGRANT_PROVIDERS.find(({ name }) => name === provider)?.boxFormats ?? [];
  const here = vagrantArchitecture(computer.arch);
  const usable = (await keptBoxes(computer)).filter(
    (one) => formats.includes(one.provider) && (one.architecture ?? here) === here,
  );
  const names = [...new Set(usable.map(({ name }) => name))];
  return names.flatMap((name) => newestOf(usable.filter((one) => one.name === name)) ?? []);
}

/** What is wrong with a box that is to be used for a cluster with this Kubernetes, in words; undefined when nothing is seen. */
export function oddBox(
  box: KeptBox,
  kubernetesVersion: string,
): { readonly belies: boolean; readonly words: string } | undefined {
  const facts = boxFacts(box.metadata?.["alpine-k8s"]);
  if (facts === undefined) return undefined;
  const has = `by its metadata, the box ${box.name}, version ${box.version}, that Vagrant has is one of ${factsText(facts)}`;
  if (belies(box.name, facts)) return { belies: true, words: `${has}: not what its name says` };
  if (facts.kubernetes === undefined || facts.kubernetes === kubernetesVersion) return undefined;
  return { belies: false, words: `${has}, and the cluster is one of Kubernetes ${kubernetesVersion}` };
}

/** The default box, with the Kubernetes of the spec in it. */
function wantedBox(spec: ClusterSpec): WantedBox | undefined {
  const { kubernetes, runtime } = claimOf(DEFAULTS.box) ?? {};
  const version = spec.kubernetes.version ?? kubernetes;
  return version === undefined || runtime === undefined ? undefined : { kubernetes: version, runtime };
}

/** A spec may name the default box, too. */
function usualFirst(one: KeptBox, other: KeptBox): number {
  return Number(other.name === DEFAULTS.box) - Number(one.name === DEFAULTS.box);
}

function catalogueOf({ computer, folder, spec, proxyCa, signal }: ChooseBox, place: string): Promise<Catalogue> {
  const { env, ca } = specProxy(computer.env, spec, proxyCa);
  const ways = ["correct spec.vagrant.boxCatalog, or take it out: up builds the box then"];
  const http: HttpOptions = { signal, env, ca, stall: STALL, hints: { unreachable: ways, refused: ways } };
  return readCatalogue(place, folder, http);
}

/** Vagrant takes the newest of the provider, so that one has to fit. */
function fittingIn(
  { name, boxes }: Catalogue,
  { computer, provider }: ChooseBox,
  wanted: WantedBox,
): string | undefined {
  const formats = VAGRANT_PROVIDERS.find((one) => one.name === provider)?.boxFormats ?? [];
  const here = vagrantArchitecture(computer.arch);
  const newest = newestOf(boxes.filter((one) => formats.includes(one.provider) && (one.architecture ?? here) === here));
  if (newest?.hasSum !== true || !fits(name, newest.facts, wanted)) return undefined;
  const wrong = boxName.validate(name);
  if (wrong === undefined) return name;
  throw new AlpineK8sError("node", `the catalogue's box ${JSON.stringify(name)} ${wrong}`, {
    hints: ["correct spec.vagrant.boxCatalog in alpine-k8s.yaml"],
  });
}

function otherOfThatName({ name, version, provider, metadata }: KeptBox, catalogue: string): AlpineK8sError {
  const facts = boxFacts(metadata?.["alpine-k8s"]);
  const what = facts === undefined ? "whose metadata do not say what is in it" : `with ${factsText(facts)}`;
  return new AlpineK8sError(
    "prerequisite",
    `the box ${name} of ${shown(catalogue)} fits, but Vagrant has another of that name, version ${version}, ${what}, ` +
      "and would take that",
    {
      hints: [
        `vagrant box remove '${name}' --provider ${provider} --all`,
        `or take the one that is here: spec.vagrant.box: ${name}`,
      ],
    },
  );
}
