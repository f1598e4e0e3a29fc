import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { renderClusterFiles } from "../../src/templates/cluster-files.js";
import { createVagrant } from "../../src/vagrant/create-vagrant.js";
import { usableProviders } from "../../src/vagrant/find-providers.js";
import { machineIds } from "../../src/vagrant/machine-ids.js";
import type { VagrantTimeouts } from "../../src/vagrant/run-vagrant.js";
import type { Vagrant } from "../../src/vagrant/vagrant.js";
import { plainSpec, testTemplates, topologyOn } from "../templates/inputs.js";
import { type Answer, type FakeVagrant, fakeVagrant, recorded } from "./fake-vagrant.js";

interface Bench {
  readonly vagrant: Vagrant;
  readonly fake: FakeVagrant;
  readonly log: string[];
}

function bench(
  answers: readonly Answer[],
  provider: "libvirt" | "virtualbox" = "libvirt",
  timeouts: Partial<VagrantTimeouts> = {},
): Bench {
  const fake = fakeVagrant(answers);
  const log: string[] = [];
  return {
    fake,
    log,
    vagrant: createVagrant({ folder: fake.folder, provider, log: (line) => log.push(line), timeouts }),
  };
}

describe("the environment", () => {
  it("cannot lead Vagrant to another folder, file, state or provider", async () => {
    for (const name of ["CWD", "VAGRANTFILE", "DOTFILE_PATH", "DEFAULT_PROVIDER", "PREFERRED_PROVIDERS", "HOME"]) {
      vi.stubEnv(`VAGRANT_${name}`, "the user's");
    }
    const { vagrant, fake } = bench([{ args: "status" }]);
    await vagrant.status();
    expect(fake.calls()).toEqual([
      {
        args: ["status", "--machine-readable"],
        cwd: fake.folder,
        environment: {
          VAGRANT_CWD: fake.folder,
          VAGRANT_VAGRANTFILE: "Vagrantfile",
          VAGRANT_DOTFILE_PATH: ".vagrant",
          VAGRANT_DEFAULT_PROVIDER: "",
          VAGRANT_PREFERRED_PROVIDERS: "",
          VAGRANT_CHECKPOINT_DISABLE: "1",
          VAGRANT_NO_COLOR: "1",
          VAGRANT_HOME: "the user's",
        },
      },
    ]);
  });
});

describe("a login in a URL that Vagrant repeats", () => {
  it("is in no line, and in no error", async () => {
    const { vagrant, log } = bench([
      {
        args: "status",
        stdout: ["by http://joe:s3cret@proxy.example.com:3128"],
        stderr: "curl: (5) Could not resolve proxy: http://joe:s3cret@proxy.example.com:3128\n",
        exit: 1,
      },
    ]);
    const failure: unknown = await vagrant.status().catch((error: unknown) => error);
    expect(String(failure)).toContain("http://***@proxy.example.com:3128");
    expect(`${String(failure)}${log.join()}`).not.toContain("s3cret");
  });
});

describe("version", () => {
  it.each(["2.2.6", "2.3.4", "2.4.9", "3.0.0"])("%s will do", async (version) => {
    const { vagrant } = bench([{ args: "--version", stdout: [`Vagrant ${version}`] }]);
    await expect(vagrant.version()).resolves.toBe(version);
  });

  it.each(["2.2.5", "1.9.8"])("%s is too old", async (version) => {
    const { vagrant } = bench([{ args: "--version", stdout: [`Vagrant ${version}`] }]);
    await expect(vagrant.version()).rejects.toMatchObject({
      kind: "prerequisite",
      message: `Vagrant ${version} is too old: Alpine machines need 2.2.6 or newer`,
    });
  });

  it("says so when a program of that name is something else, or is missing", async () => {
    const { vagrant } = bench([{ args: "--version", stderr: "ruby: no such gem\n", exit: 1 }]);
    await expect(vagrant.version()).rejects.toThrow("`vagrant --version` does not name a version: ruby: no such gem");
    vi.stubEnv("PATH", "/nonexistent");
    const missing = {
      kind: "prerequisite",
      message: "vagrant is not on this computer (no program of that name on PATH)",
    };
    await expect(vagrant.version()).rejects.toMatchObject(missing);
    await expect(vagrant.status()).rejects.toMatchObject(missing);
  });
});

describe("providers", () => {
  const list = ["1,,plugin-name,vagrant-libvirt", "1,vagrant-libvirt,plugin-version,0.11.2%!(VAGRANT_COMMA) system"];

  it("are those whose plug-in Vagrant lists", async () => {
    const { vagrant, fake } = bench([{ args: "plugin list", stdout: list }]);
    const found = await vagrant.providers();
    expect(found).not.toContain("parallels");
    expect(fake.commands()).toEqual(["plugin list"]);
  });

  it("need their hypervisor's program too, and come in order of preference", async () => {
    const fake = fakeVagrant([]);
    vi.stubEnv("PATH", fake.folder);
    for (const name of ["VBoxManage", "prlctl"]) {
      fake.put(name);
      chmodSync(join(fake.folder, name), 0o755);
    }
    const found = await usableProviders(new Map([["vagrant-parallels", "2.4.5"]]), { PATH: fake.folder });
    expect(found).toEqual(["parallels", "virtualbox"]);
    await expect(usableProviders(new Map(), { PATH: "", VBOX_MSI_INSTALL_PATH: "C:\\x" })).resolves.toEqual([
      "virtualbox",
    ]);
  });

  it.each(["hyperv", "qemu"] as const)("%s is refused before anything runs", (provider) => {
    expect(() => createVagrant({ folder: "/x", provider, log: () => undefined })).toThrow(
      `the Vagrant provider ${provider} cannot carry a cluster`,
    );
  });
});

describe("status", () => {
  it("tells each machine's state", async () => {
    const { vagrant } = bench([{ args: "status", stdout: recorded("status") }]);
    expect(Object.fromEntries(await vagrant.status())).toEqual({ master1: "absent", minion1: "halted" });
  });

  it("knows a machine whose first boot was broken off, unless Vagrant provisioned it since", async () => {
    const { vagrant, fake } = bench([{ args: "status", stdout: recorded("status") }]);
    fake.put(".alpine-k8s/first-boot/minion1");
    fake.put(".alpine-k8s/first-boot/master1");
    expect(Object.fromEntries(await vagrant.status())).toEqual({ master1: "absent", minion1: "half-created" });
    fake.put(".vagrant/machines/minion1/libvirt/action_provision", "1.5:id");
    expect((await vagrant.status()).get("minion1")).toBe("halted");
  });

  it("of a folder with a broken Vagrantfile says what Vagrant says", async () => {
    const stderr =
      "Vagrant failed to initialize at a very early stage:\n\nThere is a syntax error in the following Vagrantfile.\n\nV:1: oops\n";
    const { vagrant } = bench([{ args: "status", stderr, exit: 1 }]);
    await expect(vagrant.status()).rejects.toMatchObject({
      kind: "usage",
      message: `vagrant status failed: Vagrant does not accept the Vagrantfile\n${stderr.trim().replaceAll("\n\n", "\n")}`,
      hints: ["vagrant validate", "alpine-k8s render --force  (makes it anew, keeps a backup)"],
    });
  });
});

describe("ssh details", () => {
  it("leave out machines that are not ready, also in the middle", async () => {
    const [master, minion] = recorded("ssh-config").join("\n").split("\n\n");
    const notReady = recorded("not-ready-for-ssh");
    const { vagrant } = bench([
      { args: "ssh-config master1 m2 minion1", stdout: [master ?? "", ...notReady], exit: 1 },
      { args: "ssh-config minion1", stdout: [minion ?? ""] },
    ]);
    const details = await vagrant.sshDetails(["master1", "m2", "minion1"]);
    expect([...details.keys()]).toEqual(["master1", "minion1"]);
    expect(details.get("minion1")?.port).toBe(2200);
  });

  it("fail for a machine that the Vagrantfile does not define", async () => {
    const error = "1,,error-exit,Vagrant::Errors::MachineNotFound,The machine with the name 'x' was not found";
    const { vagrant } = bench([{ args: "ssh-config x", stdout: [error], exit: 1 }]);
    await expect(vagrant.sshDetails(["x"])).rejects.toThrow(
      "vagrant ssh-config failed: The machine with the name 'x' was not found",
    );
  });

  it("wait while the vagrant that booted the machine has not let go of it, and no longer than that", async () => {
    const message = "Vagrant can't use the requested machine because it is locked! This\\nmeans that another Vagrant";
    const locked = { args: "ssh-config minion1", stdout: [`1,,error-exit,X,${message}`], exit: 1 };
    const [, minion] = recorded("ssh-config").join("\n").split("\n\n");
    const patient = bench([locked, { args: "ssh-config minion1", stdout: [minion ?? ""] }]);
    expect((await patient.vagrant.sshDetails(["minion1"])).get("minion1")?.port).toBe(2200);
    const hurried = bench([locked], "libvirt", { lock: 0 });
    await expect(hurried.vagrant.sshDetails(["minion1"])).rejects.toMatchObject({ kind: "locked" });
  });
});

describe("halt and destroy", () => {
  it("name the machines and ask nothing", async () => {
    const { vagrant, fake } = bench([{ args: "halt m1 m2" }, { args: "destroy --force m1" }]);
    fake.put(".alpine-k8s/first-boot/m1");
    await vagrant.halt(["m1", "m2"]);
    await vagrant.destroy(["m1"]);
    expect(fake.commands()).toEqual(["halt m1 m2", "destroy --force m1"]);
    expect(existsSync(join(fake.folder, ".alpine-k8s/first-boot/m1"))).toBe(false);
  });

  it("say when another Vagrant works on a machine", async () => {
    const message =
      "An action 'destroy' was attempted on the machine 'm1'%!(VAGRANT_COMMA)\\nbut another process is already executing an action on the machine.";
    const { vagrant } = bench([{ args: "destroy --force m1", stdout: [`1,,error-exit,X,${message}`], exit: 1 }]);
    await expect(vagrant.destroy(["m1"])).rejects.toMatchObject({
      kind: "locked",
      message: expect.stringMatching(/^destroying m1 failed: another vagrant process works on the machine\n/) as string,
    });
  });
});

describe.runIf(installed("vagrant"))("the real vagrant", { timeout: 120_000 }, () => {
  it("answers the questions that need no machine", async () => {
    const folder = mkdtempSync(join(tmpdir(), "a cluster "));
    const files = renderClusterFiles(
      { topology: topologyOn("libvirt"), spec: plainSpec, orphans: ["minion3"] },
      testTemplates,
    );
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    vi.stubEnv("VAGRANT_DEFAULT_PROVIDER", "virtualbox");
    const vagrant = createVagrant({ folder, provider: "libvirt", log: () => undefined });
    await expect(vagrant.version()).resolves.toMatch(/^\d+\.\d+\.\d+/);
    await expect(vagrant.hasBox("no such box")).resolves.toBe(false);
    const states = await vagrant.status();
    expect([...states]).toEqual(["master1", "minion1", "minion2", "minion3"].map((name) => [name, "absent"]));
    expect((await vagrant.sshDetails(["master1"])).size).toBe(0);
    const wrong = vagrant.addBox({ name: "x", url: `file://${folder.replaceAll(" ", "%20")}/none.box` });
    await expect(wrong).rejects.toMatchObject({
      kind: "prerequisite",
      message: expect.stringMatching(/^adding the box x: the box is not available\n[^]*none\.box/) as string,
    });
  });
});

describe("machine ids", () => {
  it("are read from the folder alone", async () => {
    const fake = fakeVagrant([]);
    await expect(machineIds(fake.folder)).resolves.toEqual(new Map());
    fake.put(".vagrant/machines/master1/libvirt/id", "uuid");
    fake.put(".vagrant/machines/minion1/libvirt/id", "");
    fake.put(".vagrant/machines/minion2/virtualbox/vagrant_cwd", "/x");
    fake.put(".vagrant/machines/minion3/virtualbox/id", "uuid");
    fake.put(".vagrant/rgloader/loader.rb");
    await expect(machineIds(fake.folder)).resolves.toEqual(
      new Map([
        ["master1", "libvirt"],
        ["minion3", "virtualbox"],
      ]),
    );
    expect(fake.calls()).toEqual([]);
  });
});

function installed(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}
