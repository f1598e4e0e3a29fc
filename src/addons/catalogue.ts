import { AlpineK8sError } from "../base/errors.js";

/** A manifest pinned by its checksum. */
export interface PinnedManifest {
  readonly version: string;
  readonly url: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

interface Release extends PinnedManifest {
  /** First and last minor version of Kubernetes 1.x for which this release is chosen. */
  readonly minors: readonly [number, number];
}

const canal = (version: string, minors: readonly [number, number], sha256: string): Release => ({
  version,
  minors,
  sha256,
  url: `https://raw.githubusercontent.com/projectcalico/calico/${version}/manifests/canal.yaml`,
});

/**
 * Every add-on that is delivered, newest release first. The sums are those of the files at the tags; docs/addons.md
 * says where the ranges come from. A new add-on needs an entry here and one in src/model/spec/addon-names.ts.
 */
export const CATALOGUE: Readonly<Record<string, readonly Release[]>> = {
  canal: [
    canal("v3.32.1", [34, 37], "aa58a7b245586a90d75d969b9184326f6218acea7e4951ce2931113cd8e91e39"),
    canal("v3.31.7", [32, 33], "f3320f85a4ee78893ad2b60f223a76b4ecc9ba4b0bbdfb2d501f01d69a3fdefb"),
    canal("v3.29.7", [29, 31], "fafa137db23119bdb525924c23d09e476e538bd282df904d123ef117d0db8528"),
    canal("v3.28.5", [28, 28], "f9061c2a1d969e076ad1284195cae930ced87bb5bf7bd74960755d9aa15416ef"),
    canal("v3.27.5", [20, 27], "676b5fd4d47162d2d2a62013f44ba9029fc135473bf0287871ffce4407eb8944"),
  ],
};

/**
 * The add-on's manifest for a Kubernetes version `v1.MINOR.…`; with `version`, that release of the add-on, whatever the
 * Kubernetes version. Throws `usage` with the releases that there are.
 */
export function catalogueManifest(name: string, kubernetesVersion: string, version?: string): PinnedManifest {
  const releases = CATALOGUE[name] ?? [];
  const minor = Number(/^v1\.(\d+)\./.exec(kubernetesVersion)?.[1]);
  const found = releases.find((release) =>
    version === undefined ? minor >= release.minors[0] && minor <= release.minors[1] : release.version === version,
  );
  if (found) return found;
  const what = version === undefined ? `${name} for Kubernetes ${kubernetesVersion}` : `${name} ${version}`;
  const offer = releases.map((one) => `${one.version} (1.${one.minors.join(" to 1.")})`).join(", ");
  throw new AlpineK8sError("usage", `the catalogue has no ${what}; it has ${offer === "" ? "none" : offer}`, {
    hints: [
      ...(version === undefined ? [] : ["leave the version out of spec.addons"]),
      `give a manifest of your own: spec.addons: [{name: ${name}, manifest: FILE}]`,
    ],
  });
}
