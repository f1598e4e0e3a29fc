import { claimOf, type BoxClaim } from "../model/versions/box-claim.js";
import { whyImpossible } from "../model/versions/combination.js";
import { BOX_PROVIDERS, type Architecture, type BuildRequest } from "./build-request.js";

/**
 * What has to be built to have a box of this name for a provider, by what its name says; a clause that begins with "and" when
 * none can be built. `processor` as Node names it.
 */
export function buildable(box: string, vagrantProvider: string | undefined, processor: string): BuildRequest | string {
  const claim = claimOf(box);
  const provider = BOX_PROVIDERS.find((name) => name === vagrantProvider);
  if (claim?.kubernetes === undefined || claim.runtime === undefined)
    return "and its name does not say what would have to be built";
  if (provider === undefined) return `and none can be built for ${vagrantProvider ?? "this provider"}`;
  const architecture: Architecture = processor === "arm64" ? "aarch64" : "x86_64";
  const { alpine, kubernetes, runtime } = claim as Required<BoxClaim>;
  const request = { alpine, kubernetes, runtime, architecture, providers: [provider], preload: false };
  const impossible = whyImpossible(request);
  return impossible === undefined ? request : `and it cannot be built: ${impossible.reason}`;
}
