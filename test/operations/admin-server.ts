import { parse } from "yaml";

/** The address of the API in a kubeconfig. */
export function serverOf(adminConfig: string): string {
  return (parse(adminConfig) as { clusters: [{ cluster: { server: string } }] }).clusters[0].cluster.server;
}
