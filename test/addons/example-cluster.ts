import type { NamedCluster } from "../../src/addons/catalogue/fit.js";

/** A cluster for which entries are fitted. */
export function exampleCluster(kubernetesVersion = "v1.36.1"): NamedCluster {
  return {
    identity: {
      name: "demo",
      network: "10.250.250.0/24",
      podSubnet: "10.32.0.0/12",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      endpointName: "api.demo.example.com",
      kubernetesVersion,
    },
    nodes: [{ address: "10.250.250.2" }],
  };
}
