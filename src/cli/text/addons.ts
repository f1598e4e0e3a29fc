import type { AddonChanged } from "../../operations/addons/change.js";
import type { AddonCreated } from "../../operations/addons/create.js";
import type { AddonDisabled } from "../../operations/addons/disable.js";
import type { AddonsFetched } from "../../operations/addons/fetch.js";
import { section } from "./table.js";

/** What `addons enable` or `addons upgrade` did, as people read it. */
export function addonChangedText(changed: AddonChanged): string {
  const { cluster, addon, version, applied, ready, spec, removed, kept, warnings } = changed;
  const what = version === null ? addon : `${addon} ${version}`;
  const done = applied ? "is applied" : "had been applied already";
  const state = ready === null ? "whether it is ready was not waited for" : "and ready";
  return [
    `Add-on ${what} ${done} in cluster ${cluster}${ready === null ? "; " : " "}${state}.`,
    ...(spec === "changed" ? ["alpine-k8s.yaml names it now as it is."] : []),
    ...section("Deleted, as it does not have them any more:", removed),
    ...section("Kept, although it does not have them any more:", kept),
    ...section("Warnings:", warnings),
  ].join("\n");
}

/** What `addons disable` did, as people read it. */
export function addonDisabledText({ cluster, addon, spec, removed, kept, stays, warnings }: AddonDisabled): string {
  const nothing = spec === "unchanged" && removed.length === 0 && kept.length === 0;
  return [
    nothing
      ? `Cluster ${cluster} does not have the add-on ${addon}; nothing was done.`
      : `Add-on ${addon} is out of cluster ${cluster}; objects deleted: ${removed.length}.`,
    ...(spec === "changed" ? ["alpine-k8s.yaml does not name it any more."] : []),
    ...section("Kept:", [...kept, ...stays]),
    ...section("Warnings:", warnings),
  ].join("\n");
}

/** What `addons fetch` did, as people read it. */
export function addonsFetchedText({ folder, kubernetesVersion, files }: AddonsFetched): string {
  const head = `Fetched ${files.length} files for Kubernetes ${kubernetesVersion} to ${folder}.`;
  return [head, ...files.map(({ file }) => `  ${file}`)].join("\n");
}

/** What `addons create` did, as people read it. */
export function addonCreatedText(created: AddonCreated): string {
  const { addon, version, files, images, privileges, leftOut, spec, catalogue, warnings } = created;
  const words = {
    changed: `alpine-k8s.yaml names the catalogue ${catalogue} now.`,
    unchanged: `alpine-k8s.yaml names the catalogue ${catalogue} already.`,
    none: `Name the catalogue in alpine-k8s.yaml: spec.catalogues: [{folder: ${catalogue}}]`,
  }[spec];
  return [
    `Add-on ${addon} ${version} is in ${files.at(-1) ?? ""}; its manifests: ${files.length - 1}.`,
    words,
    ...section("Images:", images),
    ...section("What its pods may do on the nodes:", privileges),
    ...section("Left out:", leftOut),
    ...section("Warnings:", warnings),
    ...section("Next:", [`alpine-k8s addons enable ${addon}`]),
  ].join("\n");
}
