/** Seconds for the API of a master, also after a mere boot: with emulated processors a control plane takes minutes. */
export const API_WAIT = 300;
