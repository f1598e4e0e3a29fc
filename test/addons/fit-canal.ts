import { delivered } from "../../src/addons/catalogue/delivered.js";
import { patchManifest } from "../../src/addons/catalogue/patch-manifest.js";

export interface CanalFit {
  readonly podSubnet: string;
  readonly apiHost: string;
  readonly interfaces: string;
  /** Of Kubernetes; 36 by default. */
  readonly minor?: number;
}

/** Canal's manifest with the changes of its entry in the catalogue. */
export function fitCanal(text: string, { podSubnet, apiHost, interfaces, minor = 36 }: CanalFit): string {
  const known = {
    "cluster.podSubnet": podSubnet,
    "cluster.apiHost": apiHost,
    "cluster.apiPort": "6443",
    "cluster.interfaces": interfaces,
  };
  return patchManifest(text, delivered("canal").patches, { known, minor, what: "the manifest of canal" });
}
