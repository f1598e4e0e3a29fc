import { addressWithoutLogin, secretParameter, withoutLogins, withoutUrlSecrets } from "../../../base/hide-logins.js";
import { DELIVERED_ADDONS, LATER_ADDONS, NETWORK_ADDONS } from "../addon-names.js";
import type { AddonRef, ClusterSpec } from "../cluster-spec.js";
import { httpUrl } from "../formats.js";
import { nearest, shown, type Path, type Problem } from "../problems.js";

const ADDONS: Path = ["spec", "addons"];

/** What is wrong with the add-ons and their catalogues, as far as the spec alone shows it, and with the box's source. */
export function addonProblems(spec: ClusterSpec): readonly Problem[] {
  const entries = spec.addons.map((addon, index) => ({ addon, path: [...ADDONS, index] }));
  return [
    ...entries.flatMap(({ addon, path }) => entryProblems(addon, path, hasOwnCatalogue(spec))),
    ...entries.flatMap(({ addon, path }, index) =>
      addon.name !== "" && spec.addons.findIndex((other) => other.name === addon.name) < index
        ? [{ path, what: `the add-on ${addon.name} is named twice` }]
        : [],
    ),
    ...catalogueProblems(spec),
    ...podNetworkProblems(spec),
    ...boxProblems(spec),
  ];
}

function entryProblems(addon: AddonRef, path: Path, hasOwn: boolean): Problem[] {
  if (addon.name === "") return [];
  if (addon.manifest === undefined) {
    // What a catalogue of one's own has is known when it is read.
    const what = hasOwn || DELIVERED_ADDONS.includes(addon.name) ? undefined : whyNot(addon.name);
    const sum =
      addon.sha256 === undefined ? [] : [{ path: [...path, "sha256"], what: "needs a manifest, and none is given" }];
    return what === undefined ? sum : [{ path, what }];
  }
  for (const key of ["version", "values"] as const) {
    if (addon[key] === undefined) continue;
    return [
      { path: [...path, key], what: `an add-on with a manifest of its own has no ${key}; take one of the two out` },
    ];
  }
  return manifestProblems(addon.manifest, addon.sha256, path);
}

function manifestProblems(manifest: string, sha256: string | undefined, path: Path): Problem[] {
  const at = [...path, "manifest"];
  if (manifest === "") return [{ path: at, what: "is empty: give a file or a URL" }];
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(manifest)?.[1];
  if (scheme === undefined) return [];
  const wrong = httpUrl.validate(manifest);
  if (wrong !== undefined) return [{ path: at, what: `${shown(manifest)} ${wrong}` }];
  return sha256 === undefined
    ? [
        {
          path,
          what: "a manifest from a URL needs its sha256: `curl -fsSL URL | sha256sum` prints it; compare it with a sum you trust",
        },
      ]
    : [];
}

function whyNot(name: string): string {
  const meant = nearest(name, DELIVERED_ADDONS);
  const state = LATER_ADDONS.includes(name) ? `the add-on ${name} is not delivered yet` : `no add-on is called ${name}`;
  const there = meant === undefined ? `there is: ${DELIVERED_ADDONS.join(", ")}` : `did you mean ${meant}?`;
  return `${state}; ${there} (or give a manifest of your own under this name)`;
}

function hasOwnCatalogue({ catalogues }: ClusterSpec): boolean {
  return catalogues.length > 0;
}

function catalogueProblems({ catalogues }: ClusterSpec): Problem[] {
  return catalogues.flatMap((catalogue, index): Problem[] => {
    const { folder, url, sha256 } = catalogue;
    const path = ["spec", "catalogues", index];
    const place = folder ?? url;
    if (place === undefined || (folder !== undefined && url !== undefined)) {
      return [{ path, what: "needs exactly one of folder and url" }];
    }
    if (folder === "") return [{ path: [...path, "folder"], what: "is empty: give a folder" }];
    if (folder !== undefined && sha256 !== undefined) {
      return [{ path: [...path, "sha256"], what: "goes with a url; a folder has no sum" }];
    }
    if (url !== undefined && sha256 === undefined) {
      const what =
        "a catalogue from a URL needs its sha256: `curl -fsSL URL | sha256sum` prints it; compare it with a sum you trust";
      return [{ path, what }];
    }
    const isAgain = catalogues.findIndex((other) => (other.folder ?? other.url) === place) < index;
    return isAgain ? [{ path, what: `the catalogue ${shown(place)} is named twice` }] : [];
  });
}

function podNetworkProblems(spec: ClusterSpec): Problem[] {
  const [named, second] = spec.addons.filter((addon) => NETWORK_ADDONS.includes(addon.name));
  if (named !== undefined && second !== undefined && named.name !== second.name) {
    const path = [...ADDONS, spec.addons.indexOf(second)];
    return [{ path, what: `a cluster has one pod network, and ${named.name} is there; take one of the two out` }];
  }
  if (spec.network === "none") {
    return named === undefined
      ? []
      : [{ path: ADDONS, what: `${named.name} is a pod network, and spec.network says none; take one of the two out` }];
  }
  const maybe = spec.addons.some(
    ({ name, manifest }) =>
      manifest !== undefined || name === "" || (hasOwnCatalogue(spec) && !DELIVERED_ADDONS.includes(name)),
  );
  return named !== undefined || maybe
    ? []
    : [
        {
          path: ADDONS,
          what: `names no pod network: add ${NETWORK_ADDONS.join(" or ")}, a manifest of your own, or say spec.network: none`,
        },
      ];
}

const BOX_URL: Path = ["spec", "vagrant", "boxUrl"];
const BOX_CATALOG: Path = ["spec", "vagrant", "boxCatalog"];
const BOX_MIRROR: Path = ["spec", "vagrant", "boxMirror"];
const SHOWN = "which Vagrant would show in its Vagrantfile and in lists of processes; download the box by hand";

/** URLs of http are judged as such: their paths may have a colon and an @. What else looks like a login is taken for one. */
function looksLikeLogin(boxUrl: string): boolean {
  if (withoutLogins(boxUrl) !== boxUrl) return true;
  const isOtherUrl = /^(?!https?:)[a-z][a-z0-9+.-]*:\/\//i.test(boxUrl);
  return isOtherUrl && addressWithoutLogin(boxUrl) !== withoutUrlSecrets(boxUrl);
}

/** A secret in the URL of a box. */
function secretProblem(boxUrl: string): string | undefined {
  if (looksLikeLogin(boxUrl))
    return `holds a login, ${SHOWN} (curl --user NAME --remote-name URL) and give the file's path`;
  const name = secretParameter(boxUrl);
  if (name === undefined) return undefined;
  return `holds a secret in its parameter ${name}, ${SHOWN} (curl --output FILE URL) and give the file's path`;
}

/** What is wrong with a URL that Vagrant gets. */
function placeProblems(path: Path, place: string): Problem[] {
  const secret = secretProblem(place);
  if (secret !== undefined) return [{ path, what: secret }];
  const wrong = /^https?:\/\//i.test(place) ? httpUrl.validate(place) : undefined;
  return wrong === undefined ? [] : [{ path, what: `${shown(place)} ${wrong}` }];
}

/** A box file from the net is verified; a catalogue (.json) carries the sums itself. */
function boxProblems({ vagrant, provider }: ClusterSpec): Problem[] {
  const { boxUrl, boxCatalog = "", boxMirror = "" } = vagrant;
  const login = {
    path: BOX_MIRROR,
    what: "holds a login, which would stand in the box: its repositories are those of the mirror",
  };
  const places = [
    ...placeProblems(BOX_URL, boxUrl),
    ...placeProblems(BOX_CATALOG, boxCatalog),
    ...(withoutLogins(boxMirror) === boxMirror ? [] : [login]),
  ];
  const fromNet = /^https?:\/\//i.test(boxUrl);
  if (places.length > 0) return places;
  if (provider !== "vagrant" || !fromNet || vagrant.boxSha256 !== "" || /\.json(?:[?#].*)?$/.test(boxUrl)) return [];
  return [
    {
      path: BOX_URL,
      what: "a box file from a URL needs its sum in spec.vagrant.boxSha256 (a catalogue's URL ends in .json and carries sums itself)",
    },
  ];
}
