import type { AddonsListed, ListedAddon } from "../../operations/addons/list.js";
import type { AddonsStatus, AddonStatus } from "../../operations/addons/status.js";
import { section, table } from "./table.js";

/** What there is and what runs, as people read it. */
export function addonsListText({ cluster, kubernetesVersion, unknown, addons }: AddonsListed): string {
  const of = kubernetesVersion === null ? "" : ` for Kubernetes ${kubernetesVersion}`;
  const hasOwn = addons.some(({ from }) => from !== null);
  const rows = addons.map((addon) => [
    ...[
      addon.name,
      ...(hasOwn ? [addon.from ?? "-"] : []),
      stateWords(addon),
      addon.newest ?? "-",
      addon.enabled ? "yes" : "no",
    ],
    ...[unknown === null ? runsWords(addon) : "?", addon.title],
  ]);
  return [
    cluster === null ? `Add-ons${of}:` : `Add-ons of cluster ${cluster}${of}:`,
    "",
    table(["name", ...(hasOwn ? ["from"] : []), "state", "newest", "enabled", "runs", "what it does"], rows),
    ...(unknown === null ? [] : ["", `What runs is not known: ${unknown}.`]),
    ...section(
      "Out of date:",
      addons.filter(({ outdated }) => outdated).map(({ name }) => `alpine-k8s addons upgrade ${name}`),
    ),
  ].join("\n");
}

function stateWords({ state, replacement }: ListedAddon): string {
  return replacement === null ? state : `${state}, see ${replacement}`;
}

function runsWords({ runs }: ListedAddon): string {
  return runs === null ? "no" : runs === "" ? "own manifest" : runs;
}

/** How add-ons are, as people read it. */
export function addonsStatusText({ cluster, addons }: AddonsStatus): string {
  const rows = addons.map((addon) => [
    ...[addon.name, addon.enabled ? "yes" : "no", versionWords(addon), addon.ready ? "yes" : "no"],
    reasonOf(addon),
  ]);
  const only = addons.length === 1 ? addons[0] : undefined;
  return [
    `Add-ons of cluster ${cluster}:`,
    "",
    table(["name", "enabled", "applied", "ready", "reason"], rows),
    ...addons.flatMap(({ name, missing }) =>
      section(`Missing of ${name}; alpine-k8s addons enable ${name} brings them:`, missing),
    ),
    ...(only === undefined ? [] : section("Images:", only.images)),
    ...(only === undefined ? [] : section("Changed by others:", only.changed ?? [])),
  ].join("\n");
}

function versionWords({ version, applied }: AddonStatus): string {
  if (version === null) return applied ? "yes" : "no";
  const name = version === "" ? "own manifest" : version;
  return applied ? name : `${name}, in part`;
}

function reasonOf({ applied, conditions, missing }: AddonStatus): string {
  const unmet = conditions.filter(({ met }) => !met).map(({ reason }) => reason);
  const gone = missing.length === 0 ? [] : [`${missing.length} objects are missing`];
  return [...(applied ? [] : ["it was not applied whole: alpine-k8s up"]), ...unmet, ...gone].join("; ");
}
