import { describe, expect, it } from "vitest";
import { findBox } from "../../src/operations/up/steps/find-box.js";
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

describe("the box that up needs", () => {
  it("is looked for by nobody who has none, and left alone where it is", async () => {
    const plan = findBox({ builds: true }).plan;
    expect(await plan?.({ machines: {} } as never)).toBe("nothing is missing");
    const here = { machines: { missingBox: () => Promise.resolve(undefined) } };
    expect(await plan?.(here as never)).toBe("nothing is missing");
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
});
