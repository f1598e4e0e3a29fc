import { describe, expect, it } from "vitest";
import { GOOD_PROGRAMS } from "../fakes/fake-computer.js";
import { find, type SubjectParts, verdict } from "./subject.js";

const INFO = "docker info --format {{json .}}";
const LIST = "docker network ls --format {{.Name}}";
const SPEC = "{kubernetes: {version: v1.31.4}, vagrant: {provider: docker, image: alpine-node}}";

const info = (more: object = {}): string =>
  JSON.stringify({
    ServerVersion: "27.3.1",
    CgroupVersion: "2",
    CgroupDriver: "systemd",
    OperatingSystem: "Debian GNU/Linux 12",
    SecurityOptions: ["name=seccomp,profile=builtin"],
    ...more,
  });

type Programs = NonNullable<NonNullable<SubjectParts["computer"]>["programs"]>;

const on = (programs: Programs, parts: SubjectParts = {}): SubjectParts => ({
  ...{ spec: SPEC, vagrantProvider: "docker" },
  computer: { programs: { ...GOOD_PROGRAMS, ...programs } },
  ...parts,
});

describe("docker", () => {
  it("is in order when it answers and is no special kind", async () => {
    const found = await find("docker", on({ [INFO]: info() }));
    expect(verdict(found)).toBe("ok");
    expect(found.evidence).toBe("Docker 27.3.1 on Debian GNU/Linux 12 answers; cgroups of version 2 by systemd");
  });

  it("is not asked for with other providers", async () => {
    expect(verdict(await find("docker"))).toBe("skipped");
    expect(verdict(await find("docker-networks"))).toBe("skipped");
  });

  it.each<[string, Programs[string], string, string]>([
    ["is missing", undefined, "there is no docker on PATH", "xdg-open https://docs.docker.com/engine/install/"],
    [
      "does not run",
      { exitCode: 1, stdout: "{}", stderr: "Cannot connect to the Docker daemon. Is the docker daemon running?\n" },
      "Docker does not answer: Cannot connect to the Docker daemon. Is the docker daemon running?",
      "sudo service docker start",
    ],
    [
      "lets this user not in",
      { exitCode: 1, stdout: JSON.stringify({ ServerErrors: ["dial unix /var/run/docker.sock: permission denied"] }) },
      "Docker does not answer: dial unix /var/run/docker.sock: permission denied",
      'sudo usermod --append --groups docker "$USER"',
    ],
    [
      "is rootless",
      info({ SecurityOptions: ["name=rootless", "name=cgroupns"] }),
      "this is rootless Docker 27.3.1: its containers may set no sysctls and mount no file systems as nodes do",
      "docker context use default",
    ],
    [
      "is Podman",
      JSON.stringify({ host: { os: "linux" }, store: {}, version: { Version: "5.2.0" } }),
      "`docker` is Podman on this computer: its networks and the rights of its containers differ, and nodes were never tried on it",
      "xdg-open https://docs.docker.com/engine/install/",
    ],
    [
      "is old",
      info({ ServerVersion: "19.03.15" }),
      "Docker 19.03.15 is too old: nodes need private cgroup namespaces, which 20.10 brought",
      "xdg-open https://docs.docker.com/engine/install/",
    ],
  ])("that %s is named with what to type", async (_name, answer, evidence, command) => {
    const found = await find("docker", on({ [INFO]: answer }));
    expect([verdict(found), found.evidence, found.command]).toEqual(["failed error", evidence, command]);
  });

  it.each([
    ["Docker Desktop, on Linux, too", "Docker Desktop", "linux"],
    ["a virtual machine on another system", "Alpine Linux v3.20", "darwin"],
  ] as const)(
    "of %s carries no address for all masters, which this computer would not reach",
    async (_, system, platform) => {
      const programs = { [INFO]: info({ OperatingSystem: system }) };
      const own = SPEC.replace(/\}$/, ", nodes: {masters: {count: 3}}}");
      const parts = {
        vagrantProvider: "docker" as const,
        computer: { platform, programs: { ...GOOD_PROGRAMS, ...programs } },
      };
      expect(verdict(await find("docker", { ...parts, spec: own }))).toBe("ok");
      const named = await find("docker", { ...parts, spec: own.replace(/\}$/, ", addons: [canal, kube-vip]}") });
      expect([verdict(named), named.evidence, named.command]).toEqual([
        "failed error",
        `kube-vip gives the masters one address, which this computer would not reach: the containers of ${system} are in a virtual machine; take kube-vip out of spec.addons`,
        "alpine-k8s up  (this computer reaches masters at ports on 127.0.0.1, and nodes have the addresses of all masters)",
      ]);
      expect(
        verdict(
          await find("docker", on({ [INFO]: info() }, { spec: own.replace(/\}$/, ", addons: [canal, kube-vip]}") })),
        ),
      ).toBe("ok");
    },
  );

  it("with cgroups of version 1 carries Kubernetes up to 1.34", async () => {
    const programs = { [INFO]: info({ CgroupVersion: "1" }) };
    expect(verdict(await find("docker", on(programs)))).toBe("ok");
    const newer = SPEC.replace("v1.31.4", "v1.35.0");
    const found = await find("docker", on(programs, { spec: newer }));
    expect(found.evidence).toBe(
      "Docker 27.3.1 has cgroups of version 1, and Kubernetes from 1.35 on needs version 2, or failCgroupV1: false in the spec's KubeletConfiguration",
    );
    const allowed = newer.replace(
      "kubernetes: {",
      "kubernetes: {kubeadm: {KubeletConfiguration: {failCgroupV1: false}}, ",
    );
    expect(verdict(await find("docker", on(programs, { spec: allowed })))).toBe("ok");
  });
});

describe("docker-networks", () => {
  const networks = (named: Readonly<Record<string, string>>, more: object = {}): Programs => ({
    [INFO]: info(more),
    [LIST]: `${Object.keys(named).join("\n")}\n`,
    [`docker network inspect ${Object.keys(named).join(" ")}`]: JSON.stringify(
      Object.entries(named).map(([name, subnet]) => ({
        Name: name,
        IPAM: { Config: subnet === "" ? [] : [{ Subnet: subnet }] },
      })),
    ),
  });
  const usual = { bridge: "172.17.0.0/16", host: "" };

  it("that lie elsewhere are in order, and so is the cluster's own", async () => {
    expect(verdict(await find("docker-networks", on(networks(usual))))).toBe("ok");
    const own = { ...usual, "demo-0123abcd": "10.250.250.0/24" };
    expect(verdict(await find("docker-networks", on(networks(own), { pinned: true })))).toBe("ok");
  });

  it("that overlap the cluster's are named, with a free one", async () => {
    const found = await find("docker-networks", on(networks({ ...usual, work: "10.250.0.0/16" })));
    expect([verdict(found), found.evidence, found.command]).toEqual([
      "failed error",
      "Docker's network work has 10.250.0.0/16, which overlaps the cluster network 10.250.250.0/24; spec.vagrant.network: 10.251.0.0/24 would be free",
      "alpine-k8s up --network 10.251.0.0/24",
    ]);
  });

  it("may come from a pool around the cluster's: a warning", async () => {
    const pools = { DefaultAddressPools: [{ Base: "10.250.0.0/15", Size: 24 }] };
    const found = await find("docker-networks", on(networks(usual, pools)));
    expect(verdict(found)).toBe("failed warning");
    expect(found.evidence).toBe(
      "Docker takes addresses for new networks from 10.250.0.0/15, where the cluster network 10.250.250.0/24 lies: another network may get it first",
    );
  });

  it("are not looked at without Docker", async () => {
    expect(verdict(await find("docker-networks", on({ [INFO]: undefined })))).toBe("skipped");
  });
});

describe("other checks with Docker", () => {
  it.each(["box", "virtualization"])("%s is skipped", async (id) => {
    expect(verdict(await find(id, on({})))).toBe("skipped");
  });

  it("subnet-routes knows the bridge of the cluster's own network, and takes others for foreign", async () => {
    const bridge = (name: string): SubjectParts => ({
      ...on({}),
      computer: { addresses: () => [{ name, cidr: "10.250.250.1/24" }] },
      pinned: true,
    });
    expect(verdict(await find("subnet-routes", bridge("ak8s-0123abcd")))).toBe("ok");
    expect(verdict(await find("subnet-routes", bridge("br-0a1b2c3d4e5f")))).toBe("failed error");
  });
});
