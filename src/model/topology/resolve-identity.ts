import { AlpineK8sError } from "../../base/errors.js";
import type { ClusterSpec, VagrantProviderName } from "../spec/cluster-spec.js";
import { defaultNetworkOf } from "../spec/defaults.js";
import { kubernetesVersion } from "../spec/formats.js";
import { podNetworkIn } from "./pod-network.js";
import type { Identity } from "./topology.js";

/** What a new cluster takes from outside the spec. */
export interface Discovered {
  /** `sha256:<hex>` over the CA's SubjectPublicKeyInfo. */
  readonly caHash: string;
  /** Eight hexadecimal digits. */
  readonly folderId: string;
  /** The first usable Vagrant provider on this computer. */
  readonly vagrantProvider?: VagrantProviderName | undefined;
  /** The box that was chosen by what is in it, when the spec names none. */
  readonly box?: string | undefined;
  /** The catalogue that it was chosen from. */
  readonly boxCatalog?: string | undefined;
  /** The version of kubeadm on the first host, or of the chosen box. */
  readonly kubernetesVersion?: string | undefined;
}

/**
 * Resolves everything that must not change while machines exist. The Kubernetes version is the spec's, else the one of
 * the chosen box, else the one in the name of the box or image, else the discovered one. Throws `usage` when there is none or it is not supported.
 */
export function resolveIdentity(spec: ClusterSpec, found: Discovered): Identity {
  const vagrantProvider = spec.vagrant.provider ?? found.vagrantProvider;
  const network = spec.provider === "vagrant" ? (spec.vagrant.network ?? defaultNetworkOf(vagrantProvider)) : undefined;
  const podNetwork = podNetworkIn(spec);
  return {
    name: spec.name,
    domain: spec.domain,
    provider: spec.provider,
    ...baseOf(spec, found),
    ...(spec.provider === "vagrant" && vagrantProvider !== undefined ? { vagrantProvider } : {}),
    ...(network === undefined ? {} : { network }),
    kubernetesVersion: versionOf(spec, found),
    podSubnet: spec.kubernetes.podSubnet,
    serviceSubnet: spec.kubernetes.serviceSubnet,
    dnsDomain: spec.kubernetes.dnsDomain,
    ...(podNetwork === undefined || podNetwork === "none" ? {} : { podNetwork }),
    endpointName: `api.${spec.name}.${spec.domain}`,
    caHash: found.caHash,
    folderId: found.folderId,
  };
}

/** The box or image that nodes made by Vagrant start from. */
function baseOf({ provider, vagrant }: ClusterSpec, found: Discovered): Pick<Identity, "box" | "boxCatalog" | "image"> {
  if (provider !== "vagrant") return {};
  if (vagrant.image !== undefined) return { image: vagrant.image };
  const { box = vagrant.box, boxCatalog } = found;
  return { box, ...(boxCatalog === undefined ? {} : { boxCatalog }) };
}

/** The version at the end of a box's name or an image's tag, `…kubernetes-vX.Y.Z[+build]`; undefined without one. */
export function versionInBoxName(box: string): string | undefined {
  return /kubernetes-(v\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?(?:\+[0-9A-Za-z.-]+)?)$/.exec(box)?.[1];
}

function versionOf(spec: ClusterSpec, found: Discovered): string {
  const { box, image } = baseOf(spec, found);
  const fromBox = found.box === undefined ? versionInBoxName(image ?? box ?? "") : undefined;
  const version = spec.kubernetes.version ?? fromBox ?? found.kubernetesVersion;
  if (version === undefined) {
    const where =
      image === undefined
        ? box === undefined
          ? "the first host"
          : `the name of the box ${box}`
        : `the image ${image}`;
    throw new AlpineK8sError("usage", `which Kubernetes? Neither the spec nor ${where} tells the version`, {
      hints: [
        'say it in the spec: spec.kubernetes.version: "v1.36.1"',
        "or with the flag --kubernetes-version v1.36.1",
      ],
    });
  }
  const wrong = kubernetesVersion.validate(version);
  if (wrong === undefined) return version;
  throw new AlpineK8sError("usage", `the Kubernetes version ${JSON.stringify(version)} ${wrong}`, {
    hints: ["use a box or a host with a supported version, or say spec.kubernetes.version"],
  });
}
