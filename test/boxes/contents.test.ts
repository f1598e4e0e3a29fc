import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, chmodSync, linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readContents } from "../../src/boxes/contents.js";
import { budgetOf, megabytes, partsOf, refuseTooLarge } from "../../src/boxes/sizes.js";

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-contents-"));
});

/** A tree as an archive on a disk of 1 MiB, as the machine writes it. */
function tree(name: string, touched = "2026-01-01"): string {
  const root = join(folder, name);
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  writeFileSync(join(root, "usr/bin/kubelet"), "kubelet");
  chmodSync(join(root, "usr/bin/kubelet"), 0o755);
  linkSync(join(root, "usr/bin/kubelet"), join(root, "usr/bin/second"));
  symlinkSync("/usr/bin/kubelet", join(root, "usr/bin/other"));
  const archive = join(folder, `${name}.tar`);
  execFileSync("tar", ["-C", root, `--mtime=${touched}`, "-cf", archive, "."]);
  truncateSync(archive, 1024 * 1024);
  return archive;
}

describe("the contents of a box", () => {
  it("are all files with their sums, and links with where they lead", async () => {
    const { entries } = await readContents(tree("a"), signal);
    expect(entries.map(({ path }) => path)).toEqual([
      "",
      "usr",
      "usr/bin",
      "usr/bin/kubelet",
      "usr/bin/other",
      "usr/bin/second",
    ]);
    expect(entries[3]).toMatchObject({
      ...{
        type: "file",
        mode: 0o755,
        bytes: 7,
        sha256: createHash("sha256").update("kubelet").digest("hex"),
        target: null,
      },
    });
    expect(entries[4]).toMatchObject({ type: "symlink", bytes: 0, sha256: null, target: "/usr/bin/kubelet" });
    expect(entries[5]).toMatchObject({ type: "link", bytes: 0, sha256: null });
  });

  it("have the same digest whenever they were written, and another one for another file", async () => {
    const one = await readContents(tree("a"), signal);
    const two = await readContents(tree("b", "2001-01-01"), signal);
    expect(two.digest).toBe(one.digest);
    writeFileSync(join(folder, "b/usr/bin/more"), "");
    execFileSync("tar", ["-C", join(folder, "b"), "-cf", join(folder, "b.tar"), "."]);
    expect((await readContents(join(folder, "b.tar"), signal)).digest).not.toBe(one.digest);
  });

  it("end where the archive ends, whatever follows on the disk", async () => {
    const archive = tree("a");
    const { digest } = await readContents(archive, signal);
    appendFileSync(archive, "no archive".repeat(1000));
    expect((await readContents(archive, signal)).digest).toBe(digest);
  });

  it("of half an archive, and of none, are refused", async () => {
    const archive = tree("a");
    truncateSync(archive, 700);
    await expect(readContents(archive, signal)).rejects.toThrow("the machine wrote no whole archive of its tree");
    writeFileSync(archive, "x".repeat(4096));
    await expect(readContents(archive, signal)).rejects.toThrow("the machine wrote no whole archive of its tree");
  });

  it("of a disk to which no script has written are refused", async () => {
    const disk = join(folder, "disk");
    writeFileSync(disk, "");
    truncateSync(disk, 1024 * 1024);
    await expect(readContents(disk, signal)).rejects.toMatchObject({
      ...{ kind: "node", message: "no script of the recipe has written the machine's tree to the second disk" },
      hints: ["keep 90-export.sh of boxes/recipe as the last script of your own recipe"],
    });
  });
});

describe("the size of a box", () => {
  const entry = (path: string, bytes: number) => ({
    ...{ path, bytes, type: "file", mode: 0o644, uid: 0, gid: 0, sha256: "", target: null },
  });
  const ENTRIES = [
    entry("usr/bin/kubelet", 70_000_000),
    entry("usr/bin/kubeadm", 50_000_000),
    entry("usr/bin/containerd-shim-runc-v2", 8_000_000),
    entry("usr/bin/runc", 9_000_000),
    entry("usr/libexec/cni/bridge", 4_000_000),
    entry("lib/modules/6.18/kernel/a.ko", 90_000_000),
    entry("boot/vmlinuz-virt", 9_000_000),
    entry("etc/passwd", 1_000_000),
  ];

  it("is told part by part, the largest first", () => {
    expect(partsOf(ENTRIES)).toEqual([
      { part: "kubernetes", bytes: 120_000_000 },
      { part: "kernel", bytes: 99_000_000 },
      { part: "runtime", bytes: 17_000_000 },
      { part: "network plugins", bytes: 4_000_000 },
      { part: "system", bytes: 1_000_000 },
    ]);
  });

  it("has a budget: 200 MB for containerd without images, others more", () => {
    expect(megabytes(budgetOf("libvirt", { runtime: "containerd", preload: false }))).toBe("200 MB");
    expect(megabytes(budgetOf("virtualbox", { runtime: "containerd", preload: false }))).toBe("220 MB");
    expect(megabytes(budgetOf("libvirt", { runtime: "docker", preload: false }))).toBe("260 MB");
    expect(megabytes(budgetOf("docker", { runtime: "containerd", preload: false }))).toBe("190 MB");
    expect(megabytes(budgetOf("libvirt", { runtime: "containerd", preload: true }))).toBe("420 MB");
  });

  it("of exactly its budget is taken", () => {
    const limits = [199_999_999, 200_000_000, 200_000_001];
    const isTaken = (bytes: number): boolean => {
      try {
        refuseTooLarge("the box", bytes, 200_000_000, partsOf(ENTRIES));
        return true;
      } catch {
        return false;
      }
    };
    expect(limits.map(isTaken)).toEqual([true, true, false]);
  });

  it("beyond its budget fails the build, with its parts", () => {
    const parts = partsOf(ENTRIES);
    const refuse = (): void => refuseTooLarge("the box", 201_000_000, 200_000_000, parts);
    expect(refuse).toThrow("the box has 201 MB, its budget is 200 MB");
    expect(refuse).toThrow(
      expect.objectContaining({
        hints: [
          "its parts, unpacked: kubernetes 120 MB, kernel 99 MB, runtime 17 MB, network plugins 4 MB, system 1 MB",
          "a larger one all the same: alpine-k8s box build --max-size 201",
        ],
      }) as Error,
    );
  });
});
