import { Flags } from "@oclif/core";
import type { SpecOverrides } from "../model/spec/parse-spec.js";

/** Flags that override the spec, for `up` and `render`. */
export const specFlags = {
  name: Flags.string({ description: "name of the cluster; default: the folder's name", helpValue: "NAME" }),
  masters: Flags.integer({ description: "number of masters (control plane); default: 1", helpValue: "N" }),
  minions: Flags.integer({ description: "number of minions (workers); default: 2", helpValue: "N" }),
  provider: Flags.string({
    description: "where nodes come from: machines made by Vagrant (default), or hosts that exist already",
    options: ["vagrant", "hosts"],
  }),
  "vagrant-provider": Flags.string({
    description: "Vagrant provider, such as libvirt; default: the first usable one",
    helpValue: "NAME",
  }),
  "kubernetes-version": Flags.string({
    description: "Kubernetes version; default: what the box or the hosts carry",
    helpValue: "vX.Y.Z",
  }),
  box: Flags.string({ description: "Vagrant box that nodes boot from", helpValue: "NAME" }),
  "box-url": Flags.string({ description: "where the box comes from: a file, a URL or a catalogue", helpValue: "URL" }),
  image: Flags.string({
    description: "Docker image of the nodes, with --vagrant-provider docker; there is no default",
    helpValue: "REFERENCE",
  }),
  network: Flags.string({ description: "network of the nodes; default: by Vagrant provider", helpValue: "CIDR" }),
};

interface Given {
  readonly name?: string | undefined;
  readonly masters?: number | undefined;
  readonly minions?: number | undefined;
  readonly provider?: string | undefined;
  readonly "vagrant-provider"?: string | undefined;
  readonly "kubernetes-version"?: string | undefined;
  readonly box?: string | undefined;
  readonly "box-url"?: string | undefined;
  readonly image?: string | undefined;
  readonly network?: string | undefined;
}

/** The flags that were given, under the spec's names; their values are checked with the spec. */
export function overridesFrom(flags: Given): SpecOverrides {
  const named = {
    name: flags.name,
    masters: flags.masters,
    minions: flags.minions,
    provider: flags.provider,
    vagrantProvider: flags["vagrant-provider"],
    kubernetesVersion: flags["kubernetes-version"],
    box: flags.box,
    boxUrl: flags["box-url"],
    image: flags.image,
    network: flags.network,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
