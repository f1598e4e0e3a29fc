import { failed, ok, type Outcome, type QuickCheck, skipped } from "../check.js";
import {
  clashes,
  freeAdvice,
  isVpn,
  networksHere,
  type OwnNetwork,
  ownNetworks,
  type Reach,
  takenHere,
} from "../networks.js";
import { type QuickSubject, usesVagrant } from "../subject.js";

/**
 * The cluster's networks overlap no other network that this computer reaches. libvirt refuses a network that overlaps a
 * route (libvirt, networkCheckRouteCollision), Vagrant a host-only network that another interface has.
 */
export const subnetRoutes: QuickCheck = {
  id: "subnet-routes",
  on: "this computer",
  weight: "error",
  inUp: "refuse",
  look: async (subject) => {
    if (!usesVagrant(subject)) return skipped("the networks of hosts are not this computer's");
    const here = (await networksHere(subject.computer)).filter((one) => !isVpn(one));
    return evaluate(subject, here, "no route of this computer overlaps");
  },
};

/** The cluster's networks overlap no address or route of a VPN interface. */
export const vpn: QuickCheck = {
  id: "vpn",
  on: "this computer",
  weight: "error",
  inUp: "refuse",
  look: async (subject) => {
    if (!usesVagrant(subject)) return skipped("the networks of hosts are not this computer's");
    const here = (await networksHere(subject.computer)).filter(isVpn);
    if (here.length === 0) return skipped("there is no VPN interface");
    const names = [...new Set(here.map(({ iface }) => iface))].join(", ");
    return evaluate(subject, here, `VPN interface ${names}: no route overlaps`);
  },
};

async function evaluate(subject: QuickSubject, here: readonly Reach[], good: string): Promise<Outcome> {
  const own = ownNetworks(subject);
  const found = clashes(own, here).filter((clash) => !isOurs(subject, clash.mine, clash.theirs));
  const worst = found.find((clash) => isFatal(subject, clash.mine, clash.theirs)) ?? found[0];
  if (!worst) return ok(`${good} ${own.map(({ cidr }) => cidr).join(", ")}`);
  const lines = found.map(({ mine, theirs }) => `${mine.what} ${mine.cidr} overlaps ${theirs.text} (${theirs.iface})`);
  const advice = freeAdvice(subject, worst.mine, await takenHere(subject));
  return failed(`${[...new Set(lines)].join("; ")}; ${advice.words}`, advice.command, {
    weight: isFatal(subject, worst.mine, worst.theirs) ? "error" : "warning",
  });
}

/** Interfaces that the providers make for networks of machines. */
const PROVIDERS_OWN: Readonly<Record<string, RegExp>> = {
  libvirt: /^virbr/,
  virtualbox: /^vboxnet|VirtualBox/i,
  vmware_desktop: /^vmnet|VMware/i,
  parallels: /^(vnic|bridge)/,
};

/** The bridge whose name the Vagrantfile sets; other networks of Docker count as foreign. */
function isOurBridge({ vagrantProvider, identity }: QuickSubject, { iface }: Reach): boolean {
  return vagrantProvider === "docker" && identity !== undefined && iface === `ak8s-${identity.folderId}`;
}

function isProvidersOwn({ vagrantProvider }: QuickSubject, { iface }: Reach): boolean {
  return PROVIDERS_OWN[vagrantProvider]?.test(iface) ?? false;
}

/** The cluster's own bridge, once it has machines; with VirtualBox it may be shared. */
function isOurs(subject: QuickSubject, { key, cidr }: OwnNetwork, theirs: Reach): boolean {
  if (key !== "spec.vagrant.network" || theirs.text !== cidr) return false;
  if (isOurBridge(subject, theirs)) return true;
  if (!isProvidersOwn(subject, theirs)) return false;
  return subject.made.size > 0 || subject.vagrantProvider === "virtualbox";
}

/**
 * A bridge of the provider may be left over from an earlier cluster: Vagrant reuses it, or reports the clash itself.
 */
function isFatal(subject: QuickSubject, { key }: OwnNetwork, theirs: Reach): boolean {
  return key === "spec.vagrant.network" && !isProvidersOwn(subject, theirs);
}
