import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Contents } from "../../src/boxes/contents.js";
import type { BuiltBox } from "../../src/operations/box/build.js";
import { inBench, startBench } from "./support/bench.js";
import { buildBoxBase, serveMirror, type BoxBase, type Mirror } from "./support/box-base.js";
import { differences, unpackImage } from "./support/image-archive.js";
import { ready, TestCluster } from "./support/cluster.js";
import { giveImages } from "./support/given-images.js";
import { everyNodeServes } from "./support/hello.js";
import { expectDone, type Outcome, ROOT, type Running, start, waitFor } from "./support/programs.js";

// A box is built under QEMU from an image that stands in for Alpine's, by the recipe of boxes/: its doubles of apk and adduser
// refuse what they were not told about, and that list is what we claim of Alpine.
const BUILD = 30 * 60_000;
const ALL = "libvirt,virtualbox,vmware_desktop,docker";
let base: BoxBase;
let mirror: Mirror;
let cache: string;

beforeAll(async () => {
  base = await buildBoxBase();
  mirror = await serveMirror(base);
  cache = mkdtempSync(join(tmpdir(), "alpine-k8s-box-"));
}, BUILD);

afterAll(() => {
  mirror.close();
  rmSync(cache, { recursive: true, force: true });
});

/** Starts a command on boxes, with a cache and a Vagrant of its own. */
function startBox(...words: string[]): Running {
  const env = { XDG_CACHE_HOME: cache, VAGRANT_HOME: join(cache, "vagrant"), VAGRANT_CHECKPOINT_DISABLE: "1" };
  return start(process.execPath, [join(ROOT, "bin/run.js"), "box", ...words], { env });
}

const box = (...words: string[]): Promise<Outcome> => startBox(...words).done;

function startBuild(...more: string[]): Running {
  const wanted = ["--alpine", "3.13", "--kubernetes", "v1.20.2", "--base", base.image, "--mirror", mirror.url];
  return startBox("build", ...wanted, ...more);
}

const build = (...more: string[]): Promise<Outcome> => startBuild(...more).done;

const documentOf = ({ stdout }: Outcome): BuiltBox => JSON.parse(stdout) as BuiltBox;

/** The one folder of a box. */
function boxFolder(): string {
  const all = join(cache, "alpine-k8s/boxes");
  const [name = "", ...others] = readdirSync(all).filter((one) => one.startsWith("alpine-"));
  expect(others).toEqual([]);
  return join(all, name);
}

const imaged = new TestCluster("imaged");
const IMAGED = ["master1", "minion1"];

function imagedSpec(image: string): string {
  return `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: imaged }
spec:
  kubernetes: { version: v1.20.2 }
  provider: vagrant
  vagrant: { provider: docker, image: "${image}" }
  nodes: { masters: { count: 1 }, minions: { count: 1 } }
  addons: [{ name: canal, manifest: network.yaml }]
`;
}

describe("box build", () => {
  let first: BuiltBox;

  it("says beforehand what it does, and changes nothing", async () => {
    const outcome = await build("--no-add", "--dry-run", "-o", "json");
    expectDone(outcome);
    const { items } = JSON.parse(outcome.stdout) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual(["get-image/-/image", "provision/-/disk", "pack/-/libvirt"]);
    expect(readdirSync(cache)).toEqual([]);
  });

  it(
    "goes on after a kill while the machine runs, which ends with it",
    async () => {
      const running = startBuild("--no-add", "--verbose");
      await waitFor(
        "the recipe runs",
        () => running.output().includes("box: 20-packages.sh: Installing"),
        BUILD,
        () => running.output().slice(-2000),
      );
      running.child.kill("SIGKILL");
      await running.done;
      // The machine is a child of its own group: what a killed build left is found and ended by the next one.
      const outcome = await build("--no-add", "-o", "json", "--provider", ALL);
      expectDone(outcome);
      first = documentOf(outcome);
      console.log(
        `box build: ${outcome.milliseconds} ms; ${first.boxes.map((one) => `${one.provider} ${one.bytes}`).join(", ")}`,
      );
      expect(first).toMatchObject({
        ...{ name: "alpine-3.13-containerd-kubernetes-v1.20.2", alpine: "3.13", kubernetes: "v1.20.2", added: false },
        boxes: ALL.split(",").map((provider) => ({ provider })),
      });
      const asked = new Set(mirror.asked);
      const wanted = ["containerd", "runc", "cri-tools", "kubeadm", "kubelet", "cni-plugins", "chrony"];
      expect(wanted.filter((name) => !asked.has(name))).toEqual([]);
    },
    2 * BUILD,
  );

  it("has what the recipe brings, and nothing that two machines may not share", () => {
    const { entries } = JSON.parse(readFileSync(join(boxFolder(), "contents.json"), "utf8")) as Contents;
    const paths = new Map(entries.map((entry) => [entry.path, entry]));
    const wanted = [
      "usr/bin/kubelet",
      "usr/bin/kubeadm",
      "usr/bin/containerd",
      "usr/sbin/runc",
      "usr/libexec/cni/bridge",
    ];
    expect(wanted.filter((path) => !paths.has(path))).toEqual([]);
    expect(paths.get("opt/cni/bin")).toMatchObject({ type: "symlink", target: "/usr/libexec/cni" });
    expect(paths.get("etc/machine-id")).toMatchObject({ bytes: 0 });
    expect(paths.get("home/vagrant/.ssh/authorized_keys")).toMatchObject({ mode: 0o600, uid: 1000 });
    const unwanted = /^(etc\/ssh\/ssh_host_|root\/\.ssh|var\/lib\/cloud|var\/log\/.+\.log|tmp\/.|etc\/resolv\.conf)/;
    expect([...paths.keys()].filter((path) => unwanted.test(path))).toEqual([]);
  });

  it(
    "has an image for docker with the same tree, besides what the computer itself does",
    async () => {
      const name = "localhost/alpine-k8s:alpine-3.13-containerd-kubernetes-v1.20.2";
      const packed = first.boxes.find(({ provider }) => provider === "docker");
      expect(packed).toMatchObject({ image: name });
      const image = await unpackImage(packed?.file ?? "", join(cache, "image"));
      expect(image).toMatchObject({ name, wrong: [], config: { rootfs: { diff_ids: [image.diffId] } } });
      const { entries } = JSON.parse(readFileSync(join(boxFolder(), "contents.json"), "utf8")) as Contents;
      expect(differences(entries, image.entries)).toEqual([]);
      const paths = image.entries.map(({ path }) => path);
      expect(paths).toContain("usr/bin/kubelet");
      expect(paths.filter((path) => /^(boot|lib\/modules|dev\/.|etc\/runlevels\/.*chronyd)/.test(path))).toEqual([]);
      rmSync(join(cache, "image"), { recursive: true });
    },
    BUILD,
  );

  it(
    "becomes a cluster of containers through Vagrant's docker provider",
    async () => {
      const packed = first.boxes.find(({ provider }) => provider === "docker");
      await startBench();
      expectDone(await inBench("docker", "load", "--input", packed?.file ?? ""));
      await imaged.reset(imagedSpec(packed?.image ?? ""));
      // There is no registry here that kubeadm could pull from: the containers get their images before up goes on.
      expectDone(await imaged.run("render"));
      expectDone(await imaged.vagrant("up", "--no-provision"));
      await giveImages(imaged.name);
      const outcome = await imaged.run("up");
      expectDone(outcome);
      expect(await imaged.nodes()).toEqual(ready(...IMAGED));
      await everyNodeServes(imaged, IMAGED);
      expectDone(await imaged.run("destroy", "--yes"));
    },
    BUILD,
  );

  it("does nothing the second time", async () => {
    const outcome = await build("--no-add", "-o", "json", "--provider", ALL);
    expectDone(outcome);
    expect(documentOf(outcome)).toEqual(first);
    for (const title of ["Get the image", "Boot it and run the recipe", "Pack it"])
      expect(outcome.stderr).toContain(`ok ${title}: nothing to do`);
  });

  it("gives it to Vagrant, which has the sum compared, once", async () => {
    const outcome = await build("-o", "json");
    expectDone(outcome);
    expect(documentOf(outcome)).toMatchObject({ name: first.name, added: true });
    const again = await build();
    expectDone(again);
    expect(again.stderr).toContain("ok Give it to Vagrant: nothing to do, Vagrant has it already");
    const kept = { name: first.name, version: first.version, provider: "libvirt", architecture: "amd64" };
    expect(JSON.parse((await box("list", "-o", "json")).stdout)).toEqual({
      boxes: [{ ...kept, ours: true, kubernetes: "v1.20.2", usedBy: [] }],
    });
  });

  it("is verified, and one whose disk was changed is told with exit 4", async () => {
    const whole = await box("verify", first.name, "-o", "json");
    expectDone(whole);
    expect(JSON.parse(whole.stdout)).toMatchObject({ boxes: [{ name: first.name, state: "ok", problems: [] }] });
    const disk = join(cache, "vagrant/boxes", first.name, first.version, "libvirt/box.img");
    appendFileSync(disk, "x");
    const changed = await box("verify");
    expect(changed.code).toBe(4);
    expect(changed.stdout).toContain(`${disk}: its SHA-256 is `);
  });

  it("is published with a catalogue that Vagrant takes", async () => {
    const to = join(cache, "public");
    expectDone(await box("publish", first.name, "--to", to));
    const catalogue = join(to, `${first.name}.json`);
    const env = { VAGRANT_HOME: join(cache, "another"), VAGRANT_CHECKPOINT_DISABLE: "1" };
    expectDone(await start("vagrant", ["box", "add", "--provider", "virtualbox", catalogue], { env, cwd: cache }).done);
    const listed = await start("vagrant", ["box", "list"], { env, cwd: cache }).done;
    expect(listed.stdout).toContain(`${first.name} (virtualbox, ${first.version}`);
  });

  it("is removed with its build, and then it is not there", async () => {
    const outcome = await box("remove", first.name, "-o", "json");
    expectDone(outcome);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ removed: [{ name: first.name, provider: "libvirt" }] });
    expect(JSON.parse((await box("list", "-o", "json")).stdout)).toEqual({ boxes: [] });
    expect(readdirSync(join(cache, "alpine-k8s/boxes")).filter((name) => name.startsWith("alpine-"))).toEqual([]);
    const again = await box("remove", first.name);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain(`Vagrant has no box "${first.name}" on this computer`);
  });

  // In `npm run long`: a second build from nothing takes as long as the first.
  if (process.env["ALPINE_K8S_LONG"] === "1")
    it(
      "gives the same contents again from nothing",
      async () => {
        const outcome = await build("--no-add", "-o", "json");
        expectDone(outcome);
        expect(documentOf(outcome).contents).toBe(first.contents);
      },
      BUILD,
    );
});
