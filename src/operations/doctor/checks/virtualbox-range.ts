import { VIRTUALBOX_NETWORKS } from "../../../model/spec/defaults.js";
import { contains, parseSubnet, type Subnet } from "../../../model/spec/ipv4.js";
import { failed, ok, type QuickCheck, skipped } from "../check.js";
import { clusterNetwork, usesVagrant } from "../subject.js";

/** Where VirtualBox and Vagrant read what is allowed (VirtualBox manual, "Host-Only Networking"; Vagrant 2.2.19, GH-12564). */
const FILE = "/etc/vbox/networks.conf";

/**
 * The cluster network lies in the ranges that VirtualBox 6.1.28 and newer allow on Linux and macOS: those of its file,
 * else 192.168.56.0/21. A file replaces the default.
 */
export const virtualBoxRange: QuickCheck = {
  id: "virtualbox-range",
  on: "this computer",
  weight: "warning",
  inUp: "warn",
  look: async (subject) => {
    const { computer, vagrantProvider } = subject;
    if (!usesVagrant(subject) || vagrantProvider !== "virtualbox") return skipped("the provider is not VirtualBox");
    if (computer.platform === "win32") return skipped("VirtualBox on Windows allows every network");
    const network = clusterNetwork(subject) ?? "";
    const subnet = parseSubnet(network);
    const text = await computer.read(FILE);
    const allowed = text === undefined ? [VIRTUALBOX_NETWORKS] : rangesIn(text);
    const source = text === undefined ? `there is no ${FILE}` : FILE;
    const seen = `VirtualBox allows ${allowed.join(", ") || "no network"} (${source})`;
    if (subnet && allowed.some((range) => covers(parseSubnet(range), subnet))) return ok(`${network}: ${seen}`);
    const line = text === undefined ? `* ${VIRTUALBOX_NETWORKS} ${network}` : `* ${network}`;
    return failed(
      `${network} is not allowed: ${seen}; the first machine fails to start`,
      `sudo mkdir -p /etc/vbox && echo '${line}' | sudo tee -a ${FILE}`,
    );
  },
};

/** Ranges follow a `*` at the start of a line; other lines are ignored. */
function rangesIn(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line.startsWith("*")).flatMap((line) => line.slice(1).trim().split(/\s+/));
}

function covers(range: Subnet | undefined, subnet: Subnet): boolean {
  return range !== undefined && contains(range, subnet.base) && range.prefix <= subnet.prefix;
}
