import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { VagrantProviderName } from "../../src/model/spec/cluster-spec.js";
import { sharedVariables } from "../../src/alpine/variables.js";
import { readResetScript, renderClusterFiles } from "../../src/templates/cluster-files.js";
import { readStamp } from "../../src/templates/stamp.js";
import { callsOf, evaluate, filesFor, folderWith, installed, provisionersOf, runShell, TOKEN } from "./evaluate.js";
import { plainSpec, testTemplates, topologyOn } from "./inputs.js";

const rendered: VagrantProviderName[] = ["libvirt", "virtualbox", "vmware_desktop", "parallels", "docker"];

describe("the Vagrantfile", () => {
  it.each(rendered)("for %s is the golden one", async (provider) => {
    const { Vagrantfile } = filesFor(provider, plainSpec, ["minion3"]);
    await expect(Vagrantfile).toMatchFileSnapshot(`../golden/vagrantfile/${provider}.rb`);
  });

  it.each(["hyperv", "qemu"] as const)("for %s is refused with the reason", async (provider) => {
    const refusal = (): unknown => filesFor(provider);
    expect(refusal).toThrow(`the Vagrant provider ${provider} cannot carry a cluster: `);
    const message = catchMessage(refusal);
    await expect(`${message}\n`).toMatchFileSnapshot(`../golden/vagrantfile/${provider}.refused.txt`);
  });

  it("and its scripts carry our stamp", () => {
    for (const [name, text] of Object.entries(filesFor("virtualbox"))) {
      const template = name === "Vagrantfile" ? "Vagrantfile.hbs" : `templates/node/${name}`;
      expect(readStamp(text)).toEqual({ state: "ours", version: "0.0.0", template });
    }
  });
});

describe("the other files", () => {
  it("are the scripts alone on machines that exist already", () => {
    const topology = topologyOn("libvirt");
    const identity = { ...topology.identity, provider: "hosts" as const };
    const files = renderClusterFiles(
      { topology: { ...topology, identity }, spec: plainSpec, orphans: [] },
      testTemplates,
    );
    expect(files.Vagrantfile).toBe("");
    expect(files["minion.sh"]).toContain("\nset -eu\necho templates/node/minion.sh\n");
  });

  it("come from the package itself when nothing else is said", async () => {
    const files = renderClusterFiles({ topology: topologyOn("libvirt"), spec: plainSpec, orphans: [] });
    for (const text of Object.values(files)) expect(readStamp(text).state).toBe("ours");
    expect(files["shared.sh"]).toMatch(/^#!\/bin\/sh\n# Made by alpine-k8s \d+\.\d+\.\d+/);
    await expect(readResetScript(testTemplates)).resolves.toContain("templates/node/reset.sh");
  });
});

describe.runIf(installed("ruby"))("the Vagrantfile, read by Ruby,", () => {
  it.each(rendered)("is valid for %s, without a warning", (provider) => {
    const { Vagrantfile } = filesFor(provider, plainSpec, ["minion3"]);
    const checked = spawnSync("ruby", ["-wc"], { input: Vagrantfile, encoding: "utf8" });
    expect([checked.stdout, checked.stderr]).toEqual(["Syntax OK\n", ""]);
  });

  it("asks the provider only for what the allow-list in docs/providers.md names", () => {
    const allowed = {
      libvirt: ["default_prefix=", "cpus=", "memory="],
      virtualbox: ["name=", "cpus=", "memory=", "check_guest_additions="],
      vmware_desktop: ["vmx"],
      parallels: ["name=", "cpus=", "memory=", "check_guest_tools="],
      docker: ["image=", "name=", "cmd=", "has_ssh=", "remains_running=", "stop_timeout=", "create_args="],
    };
    for (const [provider, options] of Object.entries(allowed)) {
      const recorded = evaluate(folderWith(filesFor(provider as VagrantProviderName)));
      const used = recorded.filter(({ path }) => path.includes(`provider ${provider}`)).map(({ path }) => path.at(-1));
      const expected = provider === "vmware_desktop" ? ["vmx", "[]="] : options;
      expect(new Set(used), provider).toEqual(new Set(expected));
    }
  });

  it("defines nodes with their size and address, and machines that left the spec without starting them", () => {
    const recorded = evaluate(folderWith(filesFor("libvirt", plainSpec, ["minion3"])));
    expect(callsOf(recorded, "vm", "define")).toEqual([
      ["master1"],
      ["minion1"],
      ["minion2"],
      ["minion3", { autostart: false }],
    ]);
    expect(callsOf(recorded, "minion2", "vm", "provider libvirt", "memory=")).toEqual([[4096]]);
    expect(callsOf(recorded, "minion1", "vm", "network")).toEqual([
      [
        "private_network",
        {
          ip: "10.250.250.10",
          netmask: "255.255.255.0",
          libvirt__network_name: "demo-0123abcd",
          libvirt__dhcp_enabled: false,
        },
      ],
    ]);
    expect(callsOf(recorded, "vm", "provider libvirt", "default_prefix=")).toEqual([["demo-0123abcd-"]]);
  });

  it("tells a master everything that the node contract asks for", () => {
    const [shared, manifest, master] = provisionersOf(folderWith(filesFor("libvirt")), "master1");
    expect(shared).toMatchObject({ name: "shared.sh", path: "shared.sh" });
    expect(shared?.env).toMatchObject({
      AK8S_MODE: "apply",
      AK8S_ROLE: "master",
      AK8S_NODE_NAME: "master1",
      AK8S_NODE_FQDN: "master1.example.com",
      AK8S_NODE_ADDRESS: "10.250.250.2",
      AK8S_NODE_PREFIX: "24",
      AK8S_ADDRESS_OWNER: "vagrant",
      AK8S_CLOCK_SLACK: "600",
      // sha256 of "abc", which is the content of this test's certificate.
      AK8S_CA_FINGERPRINT: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    });
    expect(Object.keys(shared?.env ?? {})).not.toContain("AK8S_TOKEN");
    expect(manifest).toMatchObject({ destination: "/tmp/alpine-k8s-network.yaml" });
    expect(master).toMatchObject({ name: "master.sh", path: "master.sh" });
    expect(master?.env).toMatchObject({
      AK8S_TOKEN: TOKEN,
      AK8S_KUBEADM_CONFIG_B64: Buffer.from("config of master1\n").toString("base64"),
      AK8S_CA_KEY_B64: Buffer.from("the key\n").toString("base64"),
      AK8S_NETWORK_MANIFEST: "/tmp/alpine-k8s-network.yaml",
      AK8S_ENSURE_TOKEN: "1",
    });
  });

  it("gives each node the certificate of its kubelet, and the master the other add-ons, where the folder has them", () => {
    const folder = folderWith(filesFor("libvirt"));
    mkdirSync(join(folder, ".alpine-k8s/pki/kubelet"));
    for (const name of ["master1", "minion1"])
      writeFileSync(join(folder, `.alpine-k8s/pki/kubelet/${name}.pem`), `certificate and key of ${name}\n`);
    writeFileSync(join(folder, ".alpine-k8s/manifests/addons.yaml"), "kind: List\n");
    const [, , addons, master] = provisionersOf(folder, "master1");
    expect(addons).toMatchObject({ destination: "/tmp/alpine-k8s-addons.yaml" });
    expect(master?.env).toMatchObject({ AK8S_ADDONS_MANIFEST: "/tmp/alpine-k8s-addons.yaml" });
    const pems = ["master1", "minion1", "minion2"].map((name) => {
      const { env = {} } = provisionersOf(folder, name).at(-1) ?? {};
      return Buffer.from(env["AK8S_SERVING_PEM_B64"] ?? "", "base64").toString();
    });
    expect(pems).toEqual(["certificate and key of master1\n", "certificate and key of minion1\n", ""]);
    const hidden = callsOf(evaluate(folder), "vagrant", "sensitive=")[0]?.[0] as string[];
    expect(hidden.map((text) => Buffer.from(text, "base64").toString())).toEqual(
      expect.arrayContaining(pems.slice(0, 2)),
    );
    expect(provisionersOf(folder, "minion1").at(-1)?.env).not.toHaveProperty("AK8S_ADDONS_MANIFEST");
  });

  it("gives a minion neither the CA's key nor the network manifest", () => {
    const provisioners = provisionersOf(folderWith(filesFor("libvirt")), "minion1");
    expect(provisioners.map(({ name }) => name)).toEqual(["shared.sh", "minion.sh"]);
    const names = provisioners.flatMap(({ env }) => Object.keys(env ?? {}));
    expect(names).not.toContain("AK8S_CA_KEY_B64");
    expect(provisioners[1]?.env).toMatchObject({ AK8S_TOKEN: TOKEN, AK8S_API_WAIT: "900" });
  });

  it("tells nodes the same as the command line tool does over ssh", () => {
    const topology = topologyOn("libvirt");
    const [node] = topology.nodes;
    if (!node) throw new Error("the test's topology has no node");
    const spec = { ...plainSpec, proxy: { http: "http://proxy:3128", https: "", ca: "", noProxy: [".corp"] } };
    const fingerprint = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const overSsh = sharedVariables({ topology, spec, node, caFingerprint: fingerprint });
    const [shared] = provisionersOf(folderWith(filesFor("libvirt", spec)), "master1");
    const { AK8S_CLOCK_EPOCH, AK8S_CLOCK_SLACK, ...plain } = shared?.env ?? {};
    expect(Math.abs(Number(AK8S_CLOCK_EPOCH) - Date.now() / 1000)).toBeLessThan(60);
    expect(AK8S_CLOCK_SLACK).toBe("600");
    const { AK8S_CLOCK_EPOCH: none, AK8S_SSH_USER: user, AK8S_SSH_PUBLIC_KEY: key, ...expected } = overSsh;
    expect([none, user, key]).toEqual(["", "", ""]);
    expect(plain).toEqual(expected);
  });

  it("has secrets hidden by Vagrant and holds none itself", () => {
    const files = filesFor("libvirt");
    const recorded = evaluate(folderWith(files));
    const key = Buffer.from("the key\n").toString("base64");
    expect(callsOf(recorded, "vagrant", "sensitive=")).toEqual([[[TOKEN, key]]]);
    expect(files.Vagrantfile).not.toContain(TOKEN);
  });

  it("without the secrets is still readable by Vagrant, and provisioning says what is missing", () => {
    const folder = folderWith(filesFor("libvirt"), true);
    const [only, ...more] = provisionersOf(folder, "master1");
    expect(more).toEqual([]);
    const ran = runShell(only?.inline ?? "");
    expect(ran.status).toBe(1);
    expect(ran.stderr).toBe(
      `alpine-k8s: master1 cannot be provisioned: missing in ${folder}: cluster-token, .alpine-k8s/kubeadm/master1.yaml, ` +
        ".alpine-k8s/pki/ca.crt, .alpine-k8s/pki/ca.key. Type `alpine-k8s render` there, then `vagrant provision`.\n",
    );
  });

  it("does not hand a damaged token on", () => {
    const folder = folderWith(filesFor("libvirt"));
    writeFileSync(join(folder, "cluster-token"), "abcdef.0123456789abcdeF\n");
    const [only] = provisionersOf(folder, "minion1");
    expect(only?.inline).toContain("a\\ valid\\ token\\ in\\ cluster-token");
  });

  const hostile = [
    "it's",
    'a "quoted" box',
    "#{raise 'no'}",
    "#$0 #@x",
    "back\\slash",
    "two\nlines",
    "`id` $(id) $HOME",
    "ümläut ",
  ];

  it.each(hostile)("keeps a box, a URL and a proxy named %j exactly, in Ruby and in the machine's shell", (text) => {
    const topology = topologyOn("libvirt");
    const spec = {
      ...plainSpec,
      vagrant: { ...plainSpec.vagrant, boxUrl: `https://example.com/${text}`, boxSha256: "ab".repeat(32) },
      proxy: { ...plainSpec.proxy, http: text },
    };
    const input = { topology: { ...topology, identity: { ...topology.identity, box: text } }, spec, orphans: [text] };
    const folder = folderWith(renderClusterFiles(input, testTemplates));
    const recorded = evaluate(folder);
    expect(callsOf(recorded, "vm", "box=")).toEqual([[text]]);
    expect(callsOf(recorded, "vm", "box_url=")).toEqual([[`https://example.com/${text}`]]);
    expect(callsOf(recorded, "vm", "define").at(-1)?.[0]).toBe(text);
    const value = provisionersOf(folder, "minion1")[0]?.env?.["AK8S_HTTP_PROXY"] ?? "";
    // As Vagrant's shell provisioner quotes: double quotes around, and each double quote inside becomes "\"".
    const word = `"${value.replaceAll('"', '"\\""')}"`;
    expect(runShell(`AK8S=${word} sh -c 'printf %s "$AK8S"'`).stdout).toBe(text);
  });

  it.each([
    ["boxes/my box.json", (folder: string) => join(folder, "boxes/my box.json")],
    ["/srv/a.box", () => "/srv/a.box"],
    ["file:///srv/a.box", () => "file:///srv/a.box"],
  ])("takes the box URL %s from the cluster folder", (boxUrl, expected) => {
    const folder = folderWith(filesFor("libvirt", { ...plainSpec, vagrant: { ...plainSpec.vagrant, boxUrl } }));
    expect(callsOf(evaluate(folder), "vm", "box_url=")).toEqual([[expected(folder)]]);
  });

  it("takes a box that was chosen from a catalogue from there, unless the spec has another place by now", () => {
    const topology = topologyOn("libvirt");
    const identity = { ...topology.identity, box: "ours/kube", boxCatalog: "boxes/all.json" };
    const filesOf = (boxUrl: string) => {
      const spec = { ...plainSpec, vagrant: { ...plainSpec.vagrant, boxUrl } };
      return folderWith(renderClusterFiles({ topology: { ...topology, identity }, spec, orphans: [] }, testTemplates));
    };
    const folder = filesOf("");
    const recorded = evaluate(folder);
    expect(callsOf(recorded, "vm", "box=")).toEqual([["ours/kube"]]);
    expect(callsOf(recorded, "vm", "box_url=")).toEqual([[join(folder, "boxes/all.json")]]);
    expect(callsOf(recorded, "vm", "box_download_checksum=")).toEqual([]);
    expect(callsOf(evaluate(filesOf("/srv/a.box")), "vm", "box_url=")).toEqual([["/srv/a.box"]]);
  });

  it("bypasses a proxy for everything of the cluster", () => {
    const spec = { ...plainSpec, proxy: { http: "http://proxy:3128", https: "", ca: "", noProxy: [".corp"] } };
    const [shared] = provisionersOf(folderWith(filesFor("libvirt", spec)), "minion1");
    expect(shared?.env?.["AK8S_NO_PROXY"]).toBe(
      "127.0.0.1,localhost,10.250.250.0/24,10.244.0.0/16,10.96.0.0/12,api.demo.example.com,.cluster.local,.svc,.corp",
    );
  });
});

describe.runIf(installed("vagrant"))("the real vagrant", { timeout: 120_000 }, () => {
  const vagrant = (folder: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } => {
    const env = { ...process.env, VAGRANT_HOME: join(folder, "home"), VAGRANT_CHECKPOINT_DISABLE: "1" };
    return spawnSync("vagrant", args, { cwd: folder, env, encoding: "utf8" });
  };

  it.each([true, false])("accepts the rendered Vagrantfile (without the secrets: %s)", (bare) => {
    const folder = folderWith(filesFor("libvirt", plainSpec, ["minion3"]), bare);
    expect(vagrant(folder, "validate")).toMatchObject({
      status: 0,
      stdout: "Vagrantfile validated successfully.\n",
      stderr: "",
    });
    const status = vagrant(folder, "status");
    expect(status.stdout).toMatch(/^master1 +not created \(libvirt\)\nminion1 +not created \(libvirt\)\n/m);
    expect(status.stdout).toContain("minion3 ");
  });
});

function catchMessage(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
}
