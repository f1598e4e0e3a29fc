/** Where the name of the API leads. */
export type ApiEndpoint =
  /** To all masters, in their order. Who joins or leaves has to be made known to the nodes. */
  | {
      readonly kind: "masters";
      readonly addresses: readonly string[];
      /** The address that one of them carries; nodes have it ahead of the others once the API answers there. */
      readonly shared?: string;
    }
  /** To one address of the user's, such as a load balancer's, whichever masters are behind it. */
  | { readonly kind: "address"; readonly address: string };

/**
 * The endpoint of a cluster; `given` is `spec.kubernetes.apiServer.endpoint`, empty for the masters themselves, and
 * `shared` the address that one of them carries.
 */
export function apiEndpoint(
  given: string,
  masters: readonly { readonly address: string }[],
  shared?: string,
): ApiEndpoint {
  if (given !== "") return { kind: "address", address: given };
  const addresses = masters.map(({ address }) => address);
  return { kind: "masters", addresses, ...(shared === undefined ? {} : { shared }) };
}

/** The address that one of the masters carries; undefined when each has only its own. */
export function sharedAddress({ endpoint }: { readonly endpoint: ApiEndpoint }): string | undefined {
  return endpoint.kind === "masters" ? endpoint.shared : undefined;
}

/** What node scripts get of it; nothing where no master carries one, so that nodes forget it. */
export function virtualAddressVariables(topology: {
  readonly endpoint: ApiEndpoint;
}): Readonly<Record<string, string>> {
  const address = sharedAddress(topology);
  return address === undefined ? {} : { AK8S_VIRTUAL_ADDRESS: address };
}

/** All that the name of the API resolves to on the nodes, whether the masters have one address or not. */
export function endpointAddresses(endpoint: ApiEndpoint): readonly string[] {
  return endpoint.kind === "masters" ? endpoint.addresses : [endpoint.address];
}
