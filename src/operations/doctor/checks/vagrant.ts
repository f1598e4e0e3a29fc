import { type Check, failed, ok, skipped } from "../check.js";
import { usesVagrant } from "../subject.js";
import { VAGRANT_INSTALL, openUrl } from "../open-url.js";
import { compareVersions } from "../versions.js";

/** The first Vagrant with its own support for Alpine guests (Vagrant CHANGELOG 2.2.6, GH-10975). */
const OLDEST = "2.2.6";

/** Vagrant is on PATH, and new enough. */
export const vagrant: Check = {
  id: "vagrant",
  on: "this computer",
  weight: "error",
  look: async (subject) => {
    if (!usesVagrant(subject)) return skipped("provider hosts needs no Vagrant");
    const version = await subject.programs.vagrant();
    const install = openUrl(subject.computer.platform, VAGRANT_INSTALL);
    if (version === undefined) return failed("there is no program vagrant on PATH that tells its version", install);
    if (compareVersions(version, OLDEST) >= 0) return ok(`Vagrant ${version}`);
    return failed(`Vagrant ${version} is older than ${OLDEST}, the first that knows Alpine guests`, install);
  },
};
