import { describe, expect, it } from "vitest";
import { formatIdentity } from "../../src/model/topology/identity-file.js";
import type { FakeComputerParts } from "../fakes/fake-computer.js";
import { find, identityOf, specOf, type SubjectParts, verdict } from "./subject.js";

const ROUTES = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
/** A line of /proc/net/route; addresses and masks as the kernel writes them. */
const route = (iface: string, destination: string, mask: string): string =>
  `${iface}\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0\n`;
const routes = (...lines: string[]): FakeComputerParts => ({
  files: { "/proc/net/route": ROUTES + route("eth0", "00000000", "00000000") + lines.join("") },
});

/** 10.250.250.0/24 and 10.96.0.0/11, little-endian. */
const CLUSTER = ["00FAFA0A", "00FFFFFF"] as const;
const SERVICES = ["0000600A", "0000E0FF"] as const;

const WARNED = "failed warning";
const FAILED = "failed error";
const OK = "ok";
const hosts = "{provider: hosts, hosts: [{name: master1, role: master, address: 203.0.113.7}]}";

describe("subnet-routes", () => {
  it.each<[string, SubjectParts, string]>([
    ["no route", {}, OK],
    ["the default route only", { computer: routes() }, OK],
    ["a route into the cluster network", { computer: routes(route("eth1", ...CLUSTER)) }, FAILED],
    ["an address in it", { computer: { addresses: () => [{ name: "eth1", cidr: "10.250.250.77/24" }] } }, FAILED],
    [
      "a larger network around it",
      { computer: { addresses: () => [{ name: "eth1", cidr: "10.250.0.1/16" }] } },
      FAILED,
    ],
    ["all traffic elsewhere", { computer: { addresses: () => [{ name: "eth1", cidr: "10.0.0.1/7" }] } }, OK],
    ["a bridge of libvirt in it", { computer: routes(route("virbr2", ...CLUSTER)) }, WARNED],
    ["its own bridge", { computer: routes(route("virbr2", ...CLUSTER)), made: new Set(["master1"]) }, OK],
    ["a route into the services' network", { computer: routes(route("eth1", ...SERVICES)) }, WARNED],
    [
      "VirtualBox's shared card",
      {
        vagrantProvider: "virtualbox",
        computer: { addresses: () => [{ name: "vboxnet0", cidr: "192.168.56.1/24" }] },
      },
      OK,
    ],
    ["hosts", { spec: hosts, computer: routes(route("eth1", ...CLUSTER)) }, "skipped"],
  ])("with %s", async (_name, parts, expected) => {
    expect(verdict(await find("subnet-routes", parts))).toBe(expected);
  });

  it("names both networks, the card, a free network and the command that takes it", async () => {
    const found = await find("subnet-routes", { computer: routes(route("eth1", ...CLUSTER)) });
    expect(found.evidence).toBe(
      "the cluster network 10.250.250.0/24 overlaps 10.250.250.0/24 (eth1); spec.vagrant.network: 10.250.251.0/24 would be free",
    );
    expect(found.command).toBe("alpine-k8s up --network 10.250.251.0/24");
    const pinned = await find("subnet-routes", { pinned: true, computer: routes(route("eth1", ...CLUSTER)) });
    expect(pinned.command).toBe('"${EDITOR:-vi}" alpine-k8s.yaml');
    const services = await find("subnet-routes", { computer: routes(route("eth1", ...SERVICES)) });
    expect(services.evidence).toBe(
      "the services' network 10.96.0.0/12 overlaps 10.96.0.0/11 (eth1); spec.kubernetes.serviceSubnet: 10.128.0.0/12 would be free",
    );
  });

  it("on macOS and Windows goes by the addresses of the cards (not run there)", async () => {
    const addresses = (name: string): FakeComputerParts => ({
      ...{ platform: name === "Ethernet" ? "win32" : "darwin", addresses: () => [{ name, cidr: "10.250.250.3/24" }] },
    });
    expect((await find("subnet-routes", { computer: addresses("en0") })).evidence).toContain("(en0)");
    expect((await find("subnet-routes", { computer: addresses("Ethernet") })).command).toContain("--network");
    const edit = await find("subnet-routes", { computer: addresses("Ethernet"), pinned: true });
    expect(edit.command).toBe("notepad alpine-k8s.yaml");
  });
});

describe("vpn", () => {
  it.each<[string, SubjectParts, string]>([
    ["none", {}, "skipped"],
    ["one elsewhere", { computer: { addresses: () => [{ name: "wg0", cidr: "172.16.9.2/24" }] } }, OK],
    ["one for all traffic", { computer: routes(route("tun0", "00000000", "00000080")) }, "skipped"],
    ["one into the cluster network", { computer: routes(route("tun0", ...CLUSTER)) }, FAILED],
    ["one into the services' network", { computer: routes(route("wg0", ...SERVICES)) }, WARNED],
    [
      "one of macOS (not run there)",
      {
        computer: { platform: "darwin", addresses: () => [{ name: "utun3", cidr: "10.244.7.2/24" }] },
      },
      WARNED,
    ],
  ])("with %s", async (_name, parts, expected) => {
    expect(verdict(await find("vpn", parts))).toBe(expected);
  });

  it("is told apart from other cards", async () => {
    const parts: SubjectParts = { computer: routes(route("tun0", ...CLUSTER)) };
    expect(verdict(await find("subnet-routes", parts))).toBe(OK);
    const { evidence } = await find("vpn", parts);
    expect(evidence).toContain("the cluster network 10.250.250.0/24 overlaps 10.250.250.0/24 (tun0)");
  });
});

describe("the network that is advised", () => {
  const ALL_10 = ["0000000A", "000000FF"] as const;
  const ALL_172 = ["000010AC", "0000F0FF"] as const;
  const ALL_192 = ["0000A8C0", "0000FFFF"] as const;
  const virtualbox = (network: string): SubjectParts => ({
    vagrantProvider: "virtualbox",
    spec: `{vagrant: {provider: virtualbox${network}}}`,
  });

  it.each<[string, string, SubjectParts, string]>([
    ["vpn", "all of 10.0.0.0/8", { computer: routes(route("tun0", ...ALL_10)) }, "172.16.0.0/24"],
    ["subnet-routes", "all of 10.0.0.0/8", { computer: routes(route("eth1", ...ALL_10)) }, "172.16.0.0/24"],
    ["vpn", "10.250.0.0/15", { computer: routes(route("tun0", "0000FA0A", "0000FEFF")) }, "10.252.0.0/24"],
    [
      "vpn",
      "10.0.0.0/8, and 172.16.0.0/16 by a card",
      { computer: routes(route("tun0", ...ALL_10), route("eth1", "000010AC", "0000FFFF")) },
      "172.17.0.0/24",
    ],
    [
      "subnet-routes",
      "the last network of a private range",
      { spec: "{vagrant: {network: 172.31.255.0/24}}", computer: routes(route("eth1", "00FF1FAC", "00FFFFFF")) },
      "172.16.0.0/24",
    ],
    [
      "subnet-routes",
      "VirtualBox's default by a card",
      { ...virtualbox(""), computer: routes(route("eth1", "0038A8C0", "00FFFFFF")) },
      "192.168.57.0/24",
    ],
  ])("%s beside %s is private, free and accepted: %#", async (id, _routes, parts, free) => {
    const found = await find(id, parts);
    expect(found.evidence).toContain(`spec.vagrant.network: ${free} would be free`);
    const provider = parts.vagrantProvider ?? "libvirt";
    const spec = `{vagrant: {provider: ${provider}, network: ${free}}}`;
    for (const check of ["vpn", "subnet-routes"])
      expect((await find(check, { ...parts, spec })).evidence).not.toContain("the cluster network");
  });

  it.each<[string, SubjectParts]>([
    ["vpn", { computer: routes(...[ALL_10, ALL_172, ALL_192].map(([to, mask]) => route("tun0", to, mask))) }],
    ["vpn", { ...virtualbox(""), computer: routes(route("tun0", ...ALL_192)) }],
  ])("is none when nothing is free, and the way out is told: %#", async (id, parts) => {
    const found = await find(id, parts);
    expect(found.evidence).toContain(
      "no private network of this size is free for spec.vagrant.network: leave the VPN, if there is one, for the first up, or let it route less",
    );
    expect(found.command).toBe("ip route");
  });

  it("does not mind a route that refuses", async () => {
    expect(verdict(await find("subnet-routes", { computer: routes(route("*", ...ALL_10)) }))).toBe(OK);
  });

  it("is private for the pods, too", async () => {
    const parts = { spec: "{vagrant: {network: 172.20.0.0/24}}", computer: routes(route("tun0", ...ALL_10)) };
    expect((await find("vpn", parts)).evidence).toContain("spec.kubernetes.podSubnet: 172.16.0.0/16 would be free");
  });
});

describe("virtualbox-range", () => {
  const FILE = "/etc/vbox/networks.conf";
  const at = (network: string, files: Record<string, string> = {}): SubjectParts => ({
    ...{
      vagrantProvider: "virtualbox",
      spec: `{vagrant: {provider: virtualbox, network: ${network}}}`,
      computer: { files },
    },
  });

  it.each<[string, SubjectParts, string]>([
    ["another provider", {}, "skipped"],
    ["the default range", at("192.168.63.0/24"), OK],
    ["a network outside of it", at("10.250.250.0/24"), WARNED],
    ["a network of the file", at("10.250.250.0/24", { [FILE]: "# ours\n* 10.0.0.0/8 192.168.56.0/21\n" }), OK],
    ["the default range, which a file took away", at("192.168.56.0/24", { [FILE]: "* 10.0.0.0/8\n" }), WARNED],
    ["a range that is only commented", at("10.250.250.0/24", { [FILE]: "# * 10.0.0.0/8\n" }), WARNED],
    ["a network larger than the range", at("192.168.0.0/16"), WARNED],
    ["Windows (not run there)", { ...at("10.250.250.0/24"), computer: { platform: "win32" } }, "skipped"],
  ])("with %s", async (_name, parts, expected) => {
    expect(verdict(await find("virtualbox-range", parts))).toBe(expected);
  });

  it("says what to write, and keeps the default when there is no file", async () => {
    expect((await find("virtualbox-range", at("10.250.250.0/24"))).command).toBe(
      "sudo mkdir -p /etc/vbox && echo '* 192.168.56.0/21 10.250.250.0/24' | sudo tee -a /etc/vbox/networks.conf",
    );
    const more = await find("virtualbox-range", at("10.250.250.0/24", { [FILE]: "* 10.1.0.0/16\n" }));
    expect(more.command).toBe(
      "sudo mkdir -p /etc/vbox && echo '* 10.250.250.0/24' | sudo tee -a /etc/vbox/networks.conf",
    );
    expect(more.evidence).toContain("VirtualBox allows 10.1.0.0/16 (/etc/vbox/networks.conf)");
  });
});

describe("other-clusters", () => {
  const other = { ...identityOf(specOf("{}")), name: "other", folderId: "ffff0000" };
  const world = (identity: object, files: Record<string, string> = {}): FakeComputerParts => ({
    files: {
      "/home/user/.vagrant.d/data/machine-index/index": JSON.stringify({
        version: 1,
        machines: {
          aa: { name: "master1", vagrantfile_path: "/home/user/other", state: "running" },
          bb: { name: "minion1", vagrantfile_path: "/home/user/other", state: "running" },
          cc: { name: "default", vagrantfile_path: "/home/user/no-cluster" },
        },
      }),
      "/home/user/other/.alpine-k8s/identity.yaml": formatIdentity({ ...other, ...identity }),
      "/home/user/other/.vagrant/machines/master1/libvirt/id": "1234",
      ...files,
    },
  });

  it.each<[string, SubjectParts, string]>([
    ["none", {}, OK],
    ["one in our network", { computer: world({}) }, FAILED],
    ["one in another network", { computer: world({ network: "10.250.251.0/24" }) }, OK],
    [
      "one whose machines are gone",
      {
        computer: world({}, { "/home/user/other/.vagrant/machines/master1/libvirt/id": "" }),
      },
      OK,
    ],
    [
      "one with a damaged identity",
      {
        computer: world({}, { "/home/user/other/.alpine-k8s/identity.yaml": "{" }),
      },
      OK,
    ],
    [
      "a copy of this folder",
      { pinned: true, computer: world({ folderId: "0123abcd", network: "10.1.0.0/24" }) },
      FAILED,
    ],
    ["a damaged list", { computer: { files: { "/home/user/.vagrant.d/data/machine-index/index": "{" } } }, OK],
    ["hosts", { spec: hosts, computer: world({}) }, "skipped"],
  ])("with %s", async (_name, parts, expected) => {
    expect(verdict(await find("other-clusters", parts))).toBe(expected);
  });

  it("names the folder, both networks, and the command with a free one", async () => {
    const found = await find("other-clusters", { computer: world({}) });
    expect(found.evidence).toBe(
      "cluster other in /home/user/other has the network 10.250.250.0/24, this one 10.250.250.0/24; spec.vagrant.network: 10.250.251.0/24 would be free",
    );
    expect(found.command).toBe("alpine-k8s up --network 10.250.251.0/24");
  });
});

describe("other-clusters: a copy", () => {
  it("is never told to be taken away while it has machines: it may be the original", async () => {
    const copied = { ...identityOf(specOf("{}")), network: "10.1.0.0/24" };
    const files = {
      "/home/user/.vagrant.d/data/machine-index/index": JSON.stringify({
        machines: { aa: { name: "master1", vagrantfile_path: "/home/user/other" } },
      }),
      "/home/user/other/.alpine-k8s/identity.yaml": formatIdentity(copied),
      "/home/user/other/.vagrant/machines/master1/libvirt/id": "1234",
    };
    const parts = { pinned: true, computer: { files } };
    const withMachines = await find("other-clusters", { ...parts, made: new Set(["master1"]) });
    expect(withMachines.command).toBe("ls -laR '/home/user/other/.alpine-k8s' .alpine-k8s");
    expect(withMachines.evidence).toBe(
      "/home/user/other has the same id 0123abcd: one folder is a copy of the other, their machines would have the same " +
        "names; in the copy alone, take .alpine-k8s and .vagrant away: without them the cluster is lost",
    );
    expect((await find("other-clusters", parts)).command).toBe("rm -r .alpine-k8s");
  });
});
