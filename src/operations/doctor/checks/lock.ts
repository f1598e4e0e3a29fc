import { type Check, failed, ok } from "../check.js";

/** No run that is gone left its lock behind. The next run takes such a lock over by itself. */
export const lock: Check = {
  id: "lock",
  on: "the folder",
  weight: "warning",
  look: ({ lock: found, paths }) => {
    if (found.state === "none") return ok("no run works on the cluster");
    if (found.state === "held") return ok(`a run works on the cluster: ${found.holder}`);
    return failed(`a run that is gone left its lock: ${found.holder}`, "alpine-k8s doctor --fix", {
      // The caller holds the folder's lock by now: taking it has removed the stale one.
      fix: { run: () => Promise.resolve(`took the stale lock ${paths.lock} away`) },
    });
  },
};
