import { describe, expect, it } from "vitest";
import { readSpecText, type SpecOverrides } from "../../src/model/spec/parse-spec.js";

const HEAD = "apiVersion: alpine-k8s/v1\nkind: Cluster\nmetadata: { name: demo }\nspec:\n";

/** What is wrong with a spec of a new cluster, by the key or flag. */
function problemsOf(spec: string, overrides: SpecOverrides = {}, isNew = true): string[] {
  const file = { source: "alpine-k8s.yaml", folderName: "demo" };
  const { problems } = readSpecText({ text: `${HEAD}${spec}\n`, ...file, overrides, isNew });
  return problems.map(({ flag, key, position, what }) => `${flag ?? `${position?.line ?? 0} ${key}`}: ${what}`);
}

const OWN = "; a box of your own is taken as it is: say where it is in spec.vagrant.boxUrl";

describe("a box that cannot be there", () => {
  it("is refused at the version that Alpine does not have, with the nearest that works", () => {
    const spec = '  kubernetes: { version: "v1.35.2" }\n  vagrant: { box: alpine-3.22-containerd-kubernetes-v1.35.2 }';
    expect(problemsOf(spec)).toEqual([
      "5 spec.kubernetes.version: Alpine 3.22 has no packages of Kubernetes 1.35, only of v1.33.1, and the box is " +
        "alpine-3.22-containerd-kubernetes-v1.35.2; the nearest that works is Kubernetes v1.36.1 with containerd on " +
        `Alpine 3.24 (alpine-3.24-containerd-kubernetes-v1.36.1)${OWN}`,
    ]);
  });

  it("is refused at the box when only its name says the version", () => {
    const [problem = ""] = problemsOf("  vagrant: { box: alpine-3.23-containerd-kubernetes-v1.36.1 }");
    expect(problem).toMatch(
      /^5 spec\.vagrant\.box: Alpine 3\.23 has no packages of Kubernetes 1\.36, only of v1\.34\.2,/,
    );
    expect(problem).toContain("(alpine-3.24-containerd-kubernetes-v1.36.1)");
  });

  it("is refused at the flag", () => {
    const box = "  vagrant: { box: alpine-3.24-containerd-kubernetes-v1.36.1 }";
    const [problem = ""] = problemsOf(box, { kubernetesVersion: "v1.34.2" });
    expect(problem).toMatch(
      /^--kubernetes-version: Alpine 3\.24 has no packages of Kubernetes 1\.34, only of v1\.36\.1,/,
    );
    expect(problem).toContain(
      "Kubernetes v1.34.2 with containerd on Alpine 3.23 (alpine-3.23-containerd-kubernetes-v1.34.2)",
    );
  });

  it("is refused with a runtime that Kubernetes no longer has", () => {
    const [problem = ""] = problemsOf("  vagrant: { box: alpine-3.24-docker-kubernetes-v1.36.1 }");
    expect(problem).toMatch(
      /^5 spec\.vagrant\.box: the kubelet's own way to Docker is gone since Kubernetes 1\.24, and /,
    );
    expect(problem).toContain("(alpine-3.24-containerd-kubernetes-v1.36.1)");
  });

  it("is refused when it is public and plain, as its nodes get their programs from Alpine", () => {
    const [problem = ""] = problemsOf(
      '  kubernetes: { version: "v1.36.1" }\n  vagrant: { box: cloud-image/alpine-3.22 }',
    );
    expect(problem).toContain("and the box is cloud-image/alpine-3.22; the nearest that works is Kubernetes v1.36.1");
    expect(problem).toContain(`on Alpine 3.24${OWN}`);
  });
});

describe("what works is not refused", () => {
  it.each([
    ["the default", "  domain: example.com"],
    ["another version, where no box is named", '  kubernetes: { version: "v1.28.7" }'],
    ["the version of the default box, with another patch", '  kubernetes: { version: "v1.36.4" }'],
    ["a box with a URL", "  vagrant: { box: alpine-3.22-containerd-kubernetes-v1.36.1, boxUrl: b.box }"],
    ["a box of somebody's own", "  vagrant: { box: me/alpine-3.22-containerd-kubernetes-v1.36.1 }"],
    ["a box whose name says nothing", '  kubernetes: { version: "v1.20.2" }\n  vagrant: { box: plain }'],
    ["a newer Alpine than the table has", "  vagrant: { box: alpine-3.99-containerd-kubernetes-v1.37.0 }"],
    ["an Alpine whose Kubernetes was not seen", "  vagrant: { box: alpine-3.20-containerd-kubernetes-v1.29.0 }"],
    ["a plain box without a version", "  vagrant: { box: cloud-image/alpine-3.22 }"],
    ["containers", '  kubernetes: { version: "v1.20.2" }\n  vagrant: { provider: docker, image: node }'],
    [
      "hosts",
      '  provider: hosts\n  kubernetes: { version: "v1.20.2" }\n  hosts: [{ name: m, role: master, address: 10.0.0.5 }]',
    ],
  ])("%s", (_name, spec) => expect(problemsOf(spec)).toEqual([]));

  it("a cluster that exists, whatever its box is called", () => {
    const spec = "  vagrant: { box: alpine-3.22-containerd-kubernetes-v1.36.1 }";
    expect(problemsOf(spec, {}, false)).toEqual([]);
    expect(problemsOf(spec)).toHaveLength(1);
  });
});
