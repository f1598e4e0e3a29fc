/** Where the name of the API leads. */
export type ApiEndpoint =
  /** To all masters, in their order. Who joins or leaves has to be made known to the nodes. */
  | { readonly kind: "masters"; readonly addresses: readonly string[] }
  /** To one address of the user's, such as a load balancer's, whichever masters are behind it. */
  | { readonly kind: "address"; readonly address: string };

/** The endpoint of a cluster; `given` is `spec.kubernetes.apiServer.endpoint`, empty for the masters themselves. */
export function apiEndpoint(given: string, masters: readonly { readonly address: string }[]): ApiEndpoint {
  if (given !== "") return { kind: "address", address: given };
  return { kind: "masters", addresses: masters.map(({ address }) => address) };
}

/** All that the name of the API resolves to on the nodes. */
export function endpointAddresses(endpoint: ApiEndpoint): readonly string[] {
  return endpoint.kind === "masters" ? endpoint.addresses : [endpoint.address];
}
