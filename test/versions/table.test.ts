import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../src/model/spec/defaults.js";
import { claimOf } from "../../src/model/versions/box-claim.js";
import { whyImpossible } from "../../src/model/versions/combination.js";
import { canalFor, isWithin, minorOf, NEWEST_MINOR, OLDEST_MINOR } from "../../src/model/versions/kubernetes.js";
import {
  ALPINE,
  CANAL,
  CONTAINERD_FORMATS,
  DOCKERSHIM_GONE,
  KUBEADM_FORMATS,
  KUBERNETES,
  RUNTIMES,
  TRAPS,
} from "../../src/model/versions/table.js";

const minors = KUBERNETES.map(({ minor }) => minor);

/** The day as it would be written, which is another one when there is no such day. */
const written = (day: string): string => new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10);

describe("the table of versions", () => {
  it("has every minor of Kubernetes once, newest first, each ending later than the one before", () => {
    expect(minors).toEqual(Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => NEWEST_MINOR - index));
    const ends = KUBERNETES.map((row) => row.ends);
    expect(ends).toEqual([...ends].sort().reverse());
    expect(ends.map(written)).toEqual(ends);
  });

  it("has every release of Alpine once, newest first, each released later and ending later than the one before", () => {
    const numbers = ALPINE.map(({ release }) => Number(/^3\.(\d+)$/.exec(release)?.[1]));
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) - index));
    for (const days of [ALPINE.map((row) => row.released), ALPINE.map((row) => row.ends)]) {
      expect(days).toEqual([...days].sort().reverse());
      expect(days.map(written)).toEqual(days);
    }
    for (const { released, ends } of ALPINE) expect(released < ends).toBe(true);
  });

  it("has one format of kubeadm and one Canal for each minor, and none for others", () => {
    for (const rows of [KUBEADM_FORMATS, CANAL]) {
      const covered = minors.filter((minor) => rows.filter((row) => isWithin(minor, row.minors)).length === 1);
      expect(covered).toEqual(minors);
      for (const beyond of [OLDEST_MINOR - 1, NEWEST_MINOR + 1])
        expect(rows.filter((row) => isWithin(beyond, row.minors))).toEqual([]);
    }
    expect(canalFor(NEWEST_MINOR)?.version).toBe("v3.32.1");
    expect(canalFor(NEWEST_MINOR + 1)).toBeUndefined();
  });

  it("has each runtime once for each minor, Docker by dockershim and then by cri-dockerd", () => {
    for (const name of ["containerd", "crio", "docker"]) {
      for (const minor of minors)
        expect(RUNTIMES.filter((one) => one.name === name && isWithin(minor, one.minors))).toHaveLength(1);
    }
    const docker = (minor: number): (string | undefined)[] =>
      RUNTIMES.filter((one) => one.name === "docker" && isWithin(minor, one.minors)).map(({ through }) => through);
    expect([docker(DOCKERSHIM_GONE - 1), docker(DOCKERSHIM_GONE)]).toEqual([["dockershim"], ["cri-dockerd"]]);
  });

  it("has versions that are versions, each series of containerd that it names, and no trap twice", () => {
    for (const { kubernetes, containerd, docker, openrc } of ALPINE) {
      for (const packaged of [kubernetes, containerd, docker, openrc].filter((one) => one !== undefined)) {
        expect(packaged.versions.length).toBeGreaterThan(0);
        for (const version of packaged.versions) expect(version).toMatch(/^\d+(\.\d+){1,2}$/);
      }
    }
    const series = CONTAINERD_FORMATS.map((row) => row.series);
    const named = [
      ...KUBERNETES.flatMap(({ containerd }) => containerd),
      ...ALPINE.flatMap(({ containerd }) => containerd?.versions ?? []),
    ];
    for (const version of named) expect(series).toContain(version.split(".").slice(0, 2).join("."));
    expect(new Set(TRAPS.map(({ id }) => id)).size).toBe(TRAPS.length);
  });

  it("has no release of Alpine with a Kubernetes that it does not have itself", () => {
    for (const version of ALPINE.flatMap(({ kubernetes }) => kubernetes?.versions ?? []))
      expect(minors).toContain(minorOf(`v${version.replace(/^(\d+\.\d+)$/, "$1.0")}`));
  });

  it("takes the default box for one that can be made, of the newest Alpine", () => {
    const { alpine, runtime, kubernetes } = claimOf(DEFAULTS.box) ?? { alpine: "" };
    expect(runtime).toBe("containerd");
    expect(alpine).toBe(ALPINE[0]?.release);
    expect(ALPINE[0]?.kubernetes).toEqual({ versions: [kubernetes?.slice(1)], seen: true });
    expect(whyImpossible({ alpine, runtime: "containerd", kubernetes: kubernetes ?? "" })).toBeUndefined();
  });
});
