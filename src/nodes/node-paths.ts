/** Where the CLI puts the network manifest on a master, for `master.sh`. */
export const NETWORK_MANIFEST_ON_NODE = "/etc/alpine-k8s/network.yaml";

/** kubeadm's kubeconfig for administrators. */
export const ADMIN_CONF_ON_NODE = "/etc/kubernetes/admin.conf";
