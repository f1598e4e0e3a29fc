import { createHash } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { silentProgress } from "../../src/base/progress.js";
import { findBox } from "../../src/operations/up/steps/find-box.js";
import { createClusterCa } from "../../src/pki/ca.js";
import { BEHIND_PROXY, serve, serveProxy } from "../kubectl/server.js";
import { issue } from "../pki/issue.js";
import { fakeComputer, type FakeComputerParts } from "../fakes/fake-computer.js";

const OURS = "alpine-3.24-containerd-kubernetes-v1.36.1";
const QEMU = { "qemu-system-x86_64 --version": "7.2\n", "qemu-img --version": "7.2\n" };

interface Missing {
  readonly box?: string | undefined;
  readonly provider?: string;
  readonly builds?: boolean;
  readonly computer?: FakeComputerParts;
  readonly vagrant?: object;
}

function planned({ box = OURS, provider = "libvirt", builds = true, computer, vagrant = {} }: Missing = {}) {
  const context = {
    ...{ folder: "/home/user/demo", machines: { missingBox: () => Promise.resolve(box) }, spec: { vagrant } },
    ...{ identity: { vagrantProvider: provider }, tools: { computer: fakeComputer(computer ?? { programs: QEMU }) } },
  };
  return findBox({ builds }).plan?.(context as never);
}

const GOOD = { kubernetes: "v1.36.1", runtime: "containerd", alpine: "3.24" };
const warnings: string[] = [];
beforeEach(() => void warnings.splice(0));

/** What is said of the box of a cluster without machines that Vagrant has, with this in its metadata. */
function looked(about: unknown, pinned: object = {}, named = OURS) {
  const box = named;
  const metadata = JSON.stringify({ provider: "libvirt", architecture: "amd64", "alpine-k8s": about });
  const files = { [`/home/user/.vagrant.d/boxes/${box}/20261130.5.0/libvirt/metadata.json`]: metadata };
  const context = {
    machines: { missingBox: () => Promise.resolve(undefined), existing: () => Promise.resolve([]) },
    spec: { provider: "vagrant", vagrant: { box: named, boxUrl: "", boxSha256: "" } },
    identity: { box, vagrantProvider: "libvirt", kubernetesVersion: "v1.36.1", ...pinned },
    tools: { computer: fakeComputer({ files }) },
    report: { addWarning: () => undefined },
    progress: { warn: (message: string) => void warnings.push(message) },
  };
  return findBox({ builds: true }).plan?.(context as never);
}

describe("the box that up needs", () => {
  it("is looked for by nobody who has none, and left alone where it is", async () => {
    const plan = findBox({ builds: true }).plan;
    expect(await plan?.({ machines: {} } as never)).toBe("nothing is missing");
    const missingBox = () => Promise.resolve(undefined);
    const made = { machines: { missingBox, existing: () => Promise.resolve(["master1"]) } };
    expect(await plan?.(made as never)).toBe("nothing is missing");
  });

  it.each<[string, Missing, string]>([
    ["with KVM", {}, `build the box ${OURS} for libvirt: at most 200 MB, some minutes (docs/boxes.md)`],
    [
      "emulated",
      { computer: { programs: QEMU, files: { "/proc/cpuinfo": "flags : fpu\n" } } },
      `build the box ${OURS} for libvirt: at most 200 MB, a quarter of an hour or more, emulated (docs/boxes.md)`,
    ],
    [
      "for VirtualBox",
      { provider: "virtualbox" },
      `build the box ${OURS} for virtualbox: at most 220 MB, some minutes (docs/boxes.md)`,
    ],
    [
      "of an image of one's own, whatever is known of its release",
      { box: "alpine-3.13-containerd-kubernetes-v1.20.2", vagrant: { boxBase: "base.qcow2" } },
      "build the box alpine-3.13-containerd-kubernetes-v1.20.2 for libvirt: at most 200 MB, some minutes (docs/boxes.md)",
    ],
  ])("is built %s, and one line says what, how large and how long", async (_, missing, text) => {
    expect(await planned(missing)).toEqual([{ node: undefined, action: "build", text }]);
  });

  it.each<[string, Missing, string]>([
    ["by a flag", { builds: false }, "and --no-build-box keeps one from being built"],
    ["of another name", { box: "generic/alpine319" }, "and its name does not say what would have to be built"],
    ["for a provider without", { provider: "parallels" }, "and none can be built for parallels"],
    [
      "that Alpine's packages cannot give",
      { box: "alpine-3.24-docker-kubernetes-v1.36.1" },
      "and it cannot be built: the kubelet's own way to Docker is gone since Kubernetes 1.24",
    ],
  ])("is not built %s: exit 3 with the ways out", async (_, missing, words) => {
    const failure: unknown = await planned(missing)?.catch((error: unknown) => error);
    expect(failure).toMatchObject({
      kind: "prerequisite",
      message: expect.stringContaining(words) as string,
      hints: expect.arrayContaining([
        "build one: alpine-k8s box build",
        "use machines that exist already: provider: hosts",
      ]) as string[],
    });
  });

  it("is told with its version, or with the catalogue that it comes from", async () => {
    expect(await looked(GOOD)).toBe(`Vagrant has ${OURS}, version 20261130.5.0`);
    expect(await looked(null)).toBe(`Vagrant has ${OURS}, version 20261130.5.0`);
    expect(await looked(GOOD, { box: "ours/kube", boxCatalog: "https://boxes.example.com/a.json" })).toBe(
      "Vagrant gets ours/kube from https://boxes.example.com/a.json",
    );
    expect(warnings).toEqual([]);
  });

  it("is refused when nobody named it and its metadata belie its name", async () => {
    await expect(looked({ ...GOOD, kubernetes: "v1.35.0" })).rejects.toMatchObject({
      kind: "prerequisite",
      message:
        `by its metadata, the box ${OURS}, version 20261130.5.0, that Vagrant has is one of Kubernetes v1.35.0 with ` +
        "containerd on Alpine 3.24: not what its name says; no machine is made of it",
      hints: [`vagrant box remove '${OURS}' --provider libvirt --all`, "or name another box: spec.vagrant.box"],
    });
  });

  it("is taken with a warning when it was named, or has another Kubernetes than the cluster", async () => {
    const other = "alpine-3.24-containerd-kubernetes-v1.36.0";
    await looked(GOOD, { box: other }, other);
    expect(warnings).toEqual([expect.stringContaining(`${other}, version 20261130.5.0, that Vagrant has is one of`)]);
    expect(warnings[0]).toContain("not what its name says");
    await looked(GOOD, { kubernetesVersion: "v1.35.2" });
    expect(warnings[1]).toContain("of Kubernetes v1.36.1 with containerd on Alpine 3.24, and the cluster is one of");
  });

  it("is not built without QEMU: the line that installs it is told", async () => {
    const computer = {
      programs: { "qemu-system-x86_64 --version": undefined },
      files: { "/etc/os-release": "ID=debian\n" },
    };
    await expect(planned({ computer })).rejects.toMatchObject({
      ...{ kind: "prerequisite", message: "a box is built with QEMU, and qemu-system-x86_64 is not on this computer" },
      hints: ["sudo apt-get install qemu-system-x86 qemu-utils", expect.any(String) as string],
    });
  });

  it("of a release whose image is not known has to be given", async () => {
    await expect(planned({ box: "alpine-3.13-containerd-kubernetes-v1.20.2" })).rejects.toThrow(
      "the name of the cloud image of Alpine 3.13 is not known here",
    );
  });

  it("is built with the mirror of the spec", async () => {
    const cache = await mkdtemp(join(tmpdir(), "alpine-k8s-find-box-"));
    const context = {
      ...{ folder: cache, signal: new AbortController().signal, progress: silentProgress },
      machines: { missingBox: () => Promise.resolve(OURS) },
      spec: {
        vagrant: { boxMirror: "http://mirror.example.com/alpine" },
        proxy: { http: "", https: "", ca: "", noProxy: [] },
      },
      identity: { vagrantProvider: "libvirt" },
      tools: { computer: fakeComputer({ programs: QEMU, env: { XDG_CACHE_HOME: cache } }) },
    } as never;
    const step = findBox({ builds: true });
    const planned = await step.plan?.(context);
    await expect(step.run(context, planned as never)).rejects.toThrow(
      /: http:\/\/mirror\.example\.com\/alpine\/v3\.24\/releases\/cloud\/\S+ comes without TLS, so its sum has to be given$/,
    );
  });

  it("is built of an image that comes by the spec's proxy, whose CA is trusted, and the bytes are told", async () => {
    const ca = await createClusterCa({ name: "company" });
    const leaf = await issue(ca, { subject: "CN=images", dns: [BEHIND_PROXY] });
    const sum = createHash("sha512").update("conectix").digest("hex");
    const proxy = await serveProxy(undefined, await serve({ "/a.qcow2": "conectix", "/a.qcow2.sha512": sum }, leaf));
    const cache = await mkdtemp(join(tmpdir(), "alpine-k8s-find-box-"));
    const bytes: unknown[] = [];
    const context = {
      ...{ folder: cache, proxyCa: ca.certificate, signal: new AbortController().signal, progress: silentProgress },
      machines: { missingBox: () => Promise.resolve(OURS) },
      spec: {
        vagrant: { boxBase: `https://${BEHIND_PROXY}/a.qcow2` },
        proxy: { http: "", https: proxy.url, ca: "company.pem", noProxy: [] },
      },
      identity: { vagrantProvider: "libvirt" },
      tools: { computer: fakeComputer({ programs: QEMU, env: { XDG_CACHE_HOME: cache } }) },
    } as never;
    const step = findBox({ builds: true, onBytes: (done, all) => void bytes.push([done, all]) });
    const planned = await step.plan?.(context);
    // It is whole and has its sum; only then is it looked at.
    await expect(step.run(context, planned as never)).rejects.toThrow("it does not begin as QCOW2 does");
    expect(proxy.seen).toEqual([`CONNECT ${BEHIND_PROXY}:443`, `CONNECT ${BEHIND_PROXY}:443`]);
    expect(bytes).toEqual([[8, 8]]);
  });
});
