import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KNOWN_BAD } from "../../src/operations/doctor/known-bad.js";
import { compareVersions } from "../../src/operations/doctor/versions.js";
import { GOOD_PROGRAMS } from "../fakes/fake-computer.js";
import { find, type SubjectParts, verdict } from "./subject.js";

/** A computer with these versions; undefined for a program that is not installed. */
function versions(vagrant: string | undefined, virtualBox?: string, plugins: readonly string[] = []): SubjectParts {
  const lines = plugins.map((plugin) => {
    const [name, version] = plugin.split(" ");
    return `1700000000,${name ?? ""},plugin-version,${version ?? ""}%!(VAGRANT_COMMA) global`;
  });
  return {
    vagrantProvider: virtualBox === undefined ? "libvirt" : "virtualbox",
    computer: {
      programs: {
        ...GOOD_PROGRAMS,
        "vagrant --version": vagrant === undefined ? undefined : `Vagrant ${vagrant}\n`,
        "vagrant plugin list --machine-readable": lines.join("\n"),
        "VBoxManage --version": virtualBox === undefined ? undefined : `${virtualBox}r165100\n`,
      },
    },
  };
}

describe("vagrant", () => {
  it.each([
    ["2.4.9", "ok", "Vagrant 2.4.9"],
    ["2.2.6", "ok", "Vagrant 2.2.6"],
    ["2.2.5", "failed error", "Vagrant 2.2.5 is older than 2.2.6, the first that knows Alpine guests"],
    [undefined, "failed error", "there is no program vagrant on PATH that tells its version"],
  ])("of version %s is %s", async (version, expected, evidence) => {
    const found = await find("vagrant", versions(version));
    expect({ verdict: verdict(found), evidence: found.evidence }).toEqual({ verdict: expected, evidence });
  });

  it("is not needed for hosts", async () => {
    const spec = "{provider: hosts, hosts: [{name: master1, role: master, address: 203.0.113.7}]}";
    const { state } = await find("vagrant", { ...versions(undefined), spec });
    expect(state).toBe("skipped");
  });

  it("is got from its page, with the command of the platform", async () => {
    const programs = { "vagrant --version": undefined };
    const of = async (platform: NodeJS.Platform): Promise<string | null> =>
      (await find("vagrant", { computer: { platform, programs } })).command;
    expect([await of("linux"), await of("darwin"), await of("win32")]).toEqual(
      ["xdg-open", "open", "start"].map((word) => `${word} https://developer.hashicorp.com/vagrant/install`),
    );
  });
});

describe("vagrant-provider", () => {
  it("with plug-in and hypervisor is ok, and tells the plug-in's version", async () => {
    const found = await find("vagrant-provider");
    expect(verdict(found)).toBe("ok");
    expect(found.evidence).toBe("vagrant-libvirt 0.12.2, libvirt answers at qemu:///system");
    const virtualBox = await find("vagrant-provider", versions("2.4.9", "7.2.0"));
    expect(virtualBox.evidence).toBe("virtualbox is built into Vagrant, VirtualBox 7.2.0");
  });

  it("without its plug-in, or without its hypervisor, has failed", async () => {
    const plugin = await find("vagrant-provider", versions("2.4.9"));
    expect(plugin).toMatchObject({ state: "failed", command: "vagrant plugin install vagrant-libvirt" });
    const hypervisor = await find("vagrant-provider", {
      computer: { env: { PATH: "/opt/bin" }, mode: () => Promise.resolve(undefined) },
    });
    expect(hypervisor.evidence).toBe(
      "vagrant-libvirt 0.12.2, but none of virsh, libvirtd, virtqemud is on this computer: the hypervisor is not installed",
    );
    const virtualBox = await find("vagrant-provider", { ...versions("2.4.9"), vagrantProvider: "virtualbox" });
    expect(virtualBox.evidence).toBe("VirtualBox does not report its version (VBoxManage)");
  });

  it("whose daemon does not answer has failed, with the user's group or the service to see to", async () => {
    const answer = (stderr: string): SubjectParts => ({
      computer: { programs: { ...GOOD_PROGRAMS, "virsh --connect qemu:///system uri": { exitCode: 1, stderr } } },
    });
    const off = await find("vagrant-provider", answer("error: failed to connect\nerror: No such file or directory\n"));
    expect(off).toMatchObject({
      evidence: "vagrant-libvirt 0.12.2, but libvirt does not answer: error: No such file or directory",
      command: "sudo service libvirtd start",
    });
    const denied = await find("vagrant-provider", answer("error: authentication unavailable: no polkit agent\n"));
    expect(denied.command).toBe('sudo usermod --append --groups libvirt "$USER"');
  });

  it("that cannot carry a cluster has failed; without Vagrant nobody can tell", async () => {
    expect(verdict(await find("vagrant-provider", { vagrantProvider: "hyperv" }))).toBe("failed error");
    expect(verdict(await find("vagrant-provider", versions(undefined)))).toBe("skipped");
  });

  it("on Windows is asked where the installer put it (not run there)", async () => {
    const found = await find("vagrant-provider", {
      vagrantProvider: "virtualbox",
      computer: {
        platform: "win32",
        env: { PATH: "", VBOX_MSI_INSTALL_PATH: "C:\\Program Files\\Oracle VirtualBox\\" },
        programs: {
          ...GOOD_PROGRAMS,
          "C:\\Program Files\\Oracle VirtualBox\\VBoxManage.exe --version": "7.2.0r165100\n",
        },
      },
    });
    expect(found.evidence).toBe("virtualbox is built into Vagrant, VirtualBox 7.2.0");
  });
});

describe("known-bad-versions", () => {
  it.each<[string, SubjectParts, string]>([
    ["VirtualBox 6.1, Vagrant 2.2.6", versions("2.2.6", "6.1.2"), "needs Vagrant 2.2.7"],
    ["VirtualBox 7.0, Vagrant 2.3.1", versions("2.3.1", "7.0.0"), "needs Vagrant 2.3.2"],
    ["VirtualBox 7.1, Vagrant 2.4.1", versions("2.4.1", "7.1.4"), "needs Vagrant 2.4.2"],
    ["VirtualBox 7.2, Vagrant 2.4.7", versions("2.4.7", "7.2.0"), "needs Vagrant 2.4.9"],
  ])("%s: an error", async (_name, parts, evidence) => {
    const found = await find("known-bad-versions", parts);
    expect(verdict(found)).toBe("failed error");
    expect(found.evidence).toContain(evidence);
    expect(found.command).toBe("xdg-open https://developer.hashicorp.com/vagrant/install");
  });

  it.each<[string, SubjectParts]>([
    ["VirtualBox 7.2, Vagrant 2.4.9", versions("2.4.9", "7.2.0")],
    ["vagrant-libvirt and Vagrant 2.3.4", versions("2.3.4", undefined, ["vagrant-libvirt 0.11.2"])],
    ["vagrant-libvirt and Vagrant 2.4.1", versions("2.4.1", undefined, ["vagrant-libvirt 0.12.2"])],
    ["no Vagrant", versions(undefined)],
  ])("%s: ok", async (_name, parts) => {
    expect(verdict(await find("known-bad-versions", parts))).toBe("ok");
  });

  it("tells all that it knows, the errors first in the command", async () => {
    const plugins = ["vagrant-libvirt 0.12.2", "vagrant-alpine 0.4.0"];
    const warned = await find("known-bad-versions", versions("2.3.7", undefined, plugins));
    expect(verdict(warned)).toBe("failed warning");
    expect(warned.evidence).toBe(
      "vagrant-libvirt 0.12.2 is reported not to load in Vagrant 2.3.7; 2.3.4 and 2.4.1 work " +
        "(vagrant-libvirt/vagrant-libvirt#1749); the plug-in vagrant-alpine 0.4.0 is a part of Vagrant since 2.2.6 and " +
        "deprecated (Vagrant CHANGELOG 2.2.6, GH-10975)",
    );
    const both = await find("known-bad-versions", versions("2.4.1", "7.1.4", ["vagrant-alpine 0.4.0"]));
    expect(both).toMatchObject({ weight: "error", command: expect.stringContaining("/vagrant/install") as string });
  });

  it.each([
    ["6.12.3-arch1-1", "Y\n", "failed warning"],
    ["6.12.3-arch1-1", "N\n", "ok"],
    ["6.11.0-29-generic", "Y\n", "ok"],
  ])(
    "KVM on Linux %s that takes the processor at load: %j beside VirtualBox is %s",
    async (release, atLoad, expected) => {
      const { computer, ...parts } = versions("2.4.9", "7.2.0");
      const files = {
        "/sys/module/kvm_intel/refcnt": "0",
        "/sys/module/kvm/parameters/enable_virt_at_load": atLoad,
        "/proc/sys/kernel/osrelease": `${release}\n`,
      };
      expect(verdict(await find("known-bad-versions", { ...parts, computer: { ...computer, files } }))).toBe(expected);
    },
  );

  it("names a source for each entry, which docs/doctor.md repeats", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/doctor.md"), "utf8");
    for (const { source } of KNOWN_BAD) {
      expect(source).toMatch(/CHANGELOG|#\d+/);
      for (const [reference] of source.matchAll(/GH-\d+|\S+#\d+/g)) expect(page).toContain(reference);
    }
  });
});

describe("compareVersions", () => {
  it.each([
    ["2.10.0", "2.9.9", 1],
    ["6.12", "6.12.0", 0],
    ["2.2.5", "2.2.6", -1],
  ])("%s and %s: %i", (one, other, sign) => {
    expect(Math.sign(compareVersions(one, other))).toBe(sign);
  });
});
