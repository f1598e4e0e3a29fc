/**
 * Seconds to wait for a master's API, also after a plain reboot: on emulated processors a control plane takes minutes.
 */
export const API_WAIT = 300;
