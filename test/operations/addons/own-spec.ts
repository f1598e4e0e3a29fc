/** A cluster with a catalogue of its own, in the folder `mine`, and an add-on of it. */
export const OWN_SPEC = `# mine
apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  catalogues: [{ folder: mine }] # ours
  addons: [{ name: canal, manifest: network.yaml }, shop]
`;
