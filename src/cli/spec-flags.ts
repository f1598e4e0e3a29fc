import { Flags } from "@oclif/core";
import type { SpecOverrides } from "../spec/parse-spec.js";

/** Flags that override the spec, for `up` and `render`. */
export const specFlags = {
  name: Flags.string({ description: "name of the cluster", helpValue: "NAME" }),
  masters: Flags.integer({ description: "number of masters (control plane)", helpValue: "N" }),
  minions: Flags.integer({ description: "number of minions (workers)", helpValue: "N" }),
  provider: Flags.string({ description: "where nodes come from", options: ["vagrant", "hosts"] }),
  "vagrant-provider": Flags.string({ description: "Vagrant provider", helpValue: "NAME" }),
  "kubernetes-version": Flags.string({ description: "Kubernetes version", helpValue: "vX.Y.Z" }),
  box: Flags.string({ description: "Vagrant box", helpValue: "NAME" }),
  "box-url": Flags.string({ description: "where the box comes from: file, URL or catalogue", helpValue: "URL" }),
  network: Flags.string({ description: "cluster network", helpValue: "CIDR" }),
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
  readonly network?: string | undefined;
}

/** The flags that were given, by the spec's names; values are checked with the spec. */
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
    network: flags.network,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
