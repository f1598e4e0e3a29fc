/**
 * Seconds to wait for a master's API, also after a plain reboot: on emulated processors a control plane takes minutes.
 */
export const API_WAIT = 300;

/**
 * Seconds to wait for the network before CoreDNS comes in any case: the network's images are some 200 MB, perhaps from a
 * slow line.
 */
export const NETWORK_WAIT = 300;
