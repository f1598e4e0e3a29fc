import { dirname } from "node:path";
import { RENEW_BELOW_DAYS } from "../../../control-plane/certificates/certificates.js";
import { proxyCaEnds } from "../../../pki/proxy-ca.js";
import { type Check, failed, ok, skipped } from "../check.js";
import { editSpec } from "../subject.js";

const DAY = 24 * 3600_000;

/**
 * The CA of `spec.proxy.ca` is valid for some time: downloads, here and on the nodes, fail when it has ended. One that
 * has ended, or cannot be read, makes the spec invalid: the check `spec` tells.
 */
export const proxyCaEndsSoon: Check = {
  id: "proxy-ca-ends",
  on: "the folder",
  weight: "warning",
  look: async ({ computer, paths, spec }) => {
    if (spec === undefined) return skipped("the spec is not valid");
    if (spec.proxy.ca === "") return ok("spec.proxy.ca names none");
    const ends = await proxyCaEnds(dirname(paths.spec), spec.proxy.ca);
    const days = Math.floor((ends.getTime() - computer.now()) / DAY);
    const evidence = `${spec.proxy.ca} is valid until ${ends.toISOString().slice(0, 10)}, ${days} days`;
    if (days >= RENEW_BELOW_DAYS) return ok(evidence);
    return failed(`${evidence}; ask who runs the proxy for the next one`, editSpec({ computer }));
  },
};
