import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { tarEnd, tarEntry } from "../../src/operations/logs/tar.js";
import { ALPINE, KUBERNETES } from "../../src/model/versions/table.js";

const SCRIPTS = join(import.meta.dirname, "../../scripts");

interface Audited {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly error: string | undefined;
}

const { audit: auditIn } = (await import(pathToFileURL(join(SCRIPTS, "audit/audit.js")).href)) as {
  readonly audit: (words: readonly string[], folder: string) => Promise<Audited>;
};

type Files = Readonly<Record<string, string | Buffer>>;

function folderWith(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "alpine-k8s-audit-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** What is found in a folder with the files. */
function audit(files: Files, ...words: string[]): Promise<Audited> {
  return auditIn(words, folderWith(files));
}

/** Packages of community in Alpine 3.22. */
const COMMUNITY: Readonly<Record<string, string>> = {
  kubeadm: "1.33.1-r5",
  kubelet: "1.33.1-r5",
  kubectl: "1.33.1-r5",
  containerd: "2.1.4-r0",
  docker: "28.3.3-r1",
  runc: "1.3.0-r2",
  "cri-tools": "1.33.0-r1",
  "cri-o": "1.32.1-r0",
  "cni-plugins": "1.7.1-r0",
};
const MAIN = { musl: "1.2.5-r10", openrc: "0.62.6-r0" };

/** The text APKINDEX of packages; one without a version is left out. */
function index(packages: Readonly<Record<string, string | undefined>>): string {
  const known = Object.entries(packages).filter(([, version]) => version !== undefined);
  return known.map(([name, version]) => `C:Q1abc=\nP:${name}\nV:${version ?? ""}\nA:x86_64\nS:1\n\n`).join("");
}

/** What is packed as Alpine does: the signature's archive has no end, and is packed by itself. */
function archive(description: string, text: string): Buffer {
  const entry = (name: string, content: string): Buffer => tarEntry(name, Buffer.from(content), new Date(0));
  const signature = gzipSync(entry(".SIGN.RSA.test.rsa.pub", "sum"));
  return Buffer.concat([
    signature,
    gzipSync(Buffer.concat([entry("DESCRIPTION", description), entry("APKINDEX", text), tarEnd()])),
  ]);
}

const list = (rows: readonly (readonly [string, string | boolean])[]): string =>
  JSON.stringify(rows.map(([cycle, eol]) => ({ cycle, eol, releaseDate: "2020-01-01", latest: `${cycle}.1` })));
const kubernetes = KUBERNETES.map(({ minor, ends }) => [`1.${minor}`, ends] as const);
const alpine = ALPINE.map(({ release, ends }) => [release, ends] as const);

describe("the audit of the table of versions", () => {
  it("finds nothing where indexes and lists say the same: exit 0", async () => {
    const files = {
      "APKINDEX.tar.gz": archive("v3.22.5-12-gabcdef", index(COMMUNITY)),
      main: index(MAIN),
      "kubernetes.json": list([...kubernetes, ["1.19", "2021-10-28"]]),
      "alpine.json": list([...alpine, ["3.17", "2024-11-22"], ["2.7", true]]),
    };
    const words = ["--index", "APKINDEX.tar.gz", "3.22=main", "--releases", "kubernetes.json", "alpine.json"];
    const count = 6 + 4 + 1 + kubernetes.length + alpine.length;
    expect(await audit(files, ...words)).toEqual({
      code: 0,
      lines: [
        `${count} compared: ${count} agree, 0 there and not in the table, 0 in the table and not there, 0 with another version, 0 with another last day.`,
      ],
      error: undefined,
    });
  });

  it("tells packages that are more, fewer and others, and counts them: exit 1", async () => {
    const changed = {
      ...COMMUNITY,
      kubeadm: "1.33.4-r0",
      runc: undefined,
      docker: undefined,
      "cri-dockerd": "0.3.17-r0",
    };
    const { code, lines } = await audit({ text: index(changed) }, "--index", "3.22=text");
    expect(code).toBe(1);
    expect(lines).toEqual([
      "with another version: kubeadm in Alpine 3.22: 1.33.1 in the table, 1.33.4-r0 there",
      "in the table and not there: docker 28.3.3 in Alpine 3.22",
      "in the table and not there: runc in Alpine 3.22",
      "there and not in the table: cri-dockerd 0.3.17-r0 in Alpine 3.22",
      "10 compared: 6 agree, 1 there and not in the table, 2 in the table and not there, 1 with another version, 0 with another last day.",
    ]);
  });

  it("tells what the table knows no version of, what it only infers, and an Alpine that it has not", async () => {
    const older = { ...COMMUNITY, kubeadm: "1.31.5-r3", kubelet: "1.31.5-r3", kubectl: "1.31.5-r3", docker: undefined };
    expect((await audit({ text: index(older) }, "--index", "3.21=text")).lines[0]).toBe(
      "there and not in the table: containerd 2.1.4-r0 in Alpine 3.21",
    );
    expect(
      (await audit({ text: index({ ...COMMUNITY, containerd: "2.3.1-r0" }) }, "--index", "3.22=text")).lines[0],
    ).toBe("with another version: containerd in Alpine 3.22: 2.1? in the table, 2.3.1-r0 there");
    expect((await audit({ a: archive("v3.99.0-1-gabc", index(COMMUNITY)) }, "--index", "a")).lines[0]).toMatch(
      /^there and not in the table: Alpine 3\.99, with kubeadm 1\.33\.1-r5; kubelet /,
    );
  });

  it("tells releases that are more and fewer, and other last days", async () => {
    const days = kubernetes.map(
      ([name, end]) => [name, name === "1.36" ? "2027-08-28" : name === "1.35" ? false : end] as const,
    );
    const { code, lines } = await audit({ k: list([["1.38", "2028-02-28"], ...days.slice(1)]) }, "--releases", "k");
    expect(code).toBe(1);
    expect(lines.slice(0, -1)).toEqual([
      "in the table and not there: Kubernetes 1.37",
      "with another last day: Kubernetes 1.36: 2027-06-28 in the table, 2027-08-28 there",
      "with another last day: Kubernetes 1.35: 2027-02-28 in the table, none there",
      "there and not in the table: Kubernetes 1.38, 2028-02-28",
    ]);
  });
});

describe("files that are not what they should be: exit 2, in words", () => {
  const whole = archive("v3.22.5-12-gabcdef", index(COMMUNITY));
  const bomb = gzipSync(Buffer.alloc(65 * 2 ** 20));

  it.each<[string, string | Buffer, string]>([
    ["an empty file", "", "f is empty"],
    ["a web page", "<html><body>404</body></html>\n", "f is a web page and no index"],
    ["apk 3's own format", "ADBd\u0001\n", "f is in apk 3's own format, which is not read here; take APKINDEX.tar.gz"],
    ["a text that is cut off", index(COMMUNITY).slice(0, -12), "f ends within a line: it was cut off"],
    [
      "a package without a version",
      "P:kubeadm\n",
      "f has no version of the package kubeadm: it is no index, or was cut off",
    ],
    ["a package without a name", "V:1.0-r0\n\n", "f has a package without a name: it is no index, or was cut off"],
    [
      "a hostile version",
      "P:kubeadm\nV:\u001b[2J\n\n",
      "f has no version of the package kubeadm: it is no index, or was cut off",
    ],
    ["a hostile line", "\u001b[2Jhello\u202e\n", "f is no index: \\u001b[2Jhello\\u202e is no line of one"],
    ["a long line", `${"x".repeat(5000)}\n`, `f is no index: ${"x".repeat(59)}… is no line of one`],
    ["nothing but lines", "\n\n", "f has no package in it"],
    [
      "an archive that is cut off",
      whole.subarray(0, whole.length - 40),
      "f cannot be unpacked: unexpected end of file",
    ],
    ["an archive of something else", gzipSync(Buffer.alloc(512, "x")), "f cannot be unpacked: Invalid tar header."],
    [
      "an archive without an index",
      gzipSync(Buffer.concat([tarEntry("x", Buffer.alloc(0), new Date(0)), tarEnd()])),
      "f has no APKINDEX inside",
    ],
    ["an archive that grows without end", bomb, "f has more than 64 MiB inside"],
  ])("index: %s", async (_name, content, words) => {
    const { code, lines, error } = await audit({ f: content }, "--index", "3.22=f");
    expect([code, lines]).toEqual([2, []]);
    expect(error).toMatch(/^.*$/);
    expect(error).toContain(words);
  });

  it.each<[string, string, string]>([
    ["no JSON", "<html>", "f is no JSON, or was cut off: "],
    ["JSON that is cut off", list(alpine).slice(0, -20), "f is no JSON, or was cut off: "],
    ["no list", '{"cycle":"1.36"}', "f is no list of releases"],
    ["entries of nothing", "[null]", "f is no list of releases: entry 1 has no cycle"],
    ["a hostile name", '[{"cycle":"\\u001b[2J","eol":false}]', "f is no list of releases: entry 1 has no cycle"],
    ["a day that is none", '[{"cycle":"1.36","eol":"soon"}]', "f: the eol of 1.36 is neither a day nor true or false"],
    [
      "another product",
      list([["24.04", "2029-05-31"]]),
      "f has no release of Alpine or Kubernetes that is in the table",
    ],
  ])("releases: %s", async (_name, content, words) => {
    const { code, lines, error } = await audit({ f: content }, "--releases", "f");
    expect([code, lines]).toEqual([2, []]);
    expect(error).toContain(words);
  });

  it("a file that is not there, a folder, an index that does not say its release, and wrong usage", async () => {
    expect((await audit({}, "--index", "none")).error).toBe("none cannot be read: ENOENT");
    expect((await audit({}, "--releases", ".")).error).toBe(". is no file");
    expect((await audit({ f: archive("v20260606-1-gabc", index(MAIN)) }, "--index", "f")).error).toBe(
      "f does not say which release of Alpine it is of; say it before it: --index 3.24=FILE",
    );
    expect((await audit({})).error).toContain("there is nothing to compare with; use it so: npm run audit:versions");
    expect((await audit({}, "--indexes", "f")).error).toContain(
      "--indexes is not known; use it so: npm run audit:versions",
    );
    expect((await audit({}, "--indexes", "f")).code).toBe(2);
  });
});

describe("npm run audit:versions", () => {
  it("prints what was found and ends with the exit code, on the Node that runs our scripts", () => {
    const run = (files: Files, ...words: string[]) => {
      const env = { PATH: process.env["PATH"], INIT_CWD: folderWith(files) };
      const script = join(SCRIPTS, "audit-versions.js");
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], { encoding: "utf8", env });
      return { status, stdout, stderr };
    };
    expect(run({ k: list([...kubernetes, ["1.99", "2099-01-01"]]) }, "--releases", "k")).toEqual({
      status: 1,
      stdout: `there and not in the table: Kubernetes 1.99, 2099-01-01\n${kubernetes.length + 1} compared: ${kubernetes.length} agree, 1 there and not in the table, 0 in the table and not there, 0 with another version, 0 with another last day.\n`,
      stderr: "",
    });
    expect(run({}, "--releases", "none")).toEqual({
      status: 2,
      stdout: "",
      stderr: "Error: none cannot be read: ENOENT\n",
    });
  });
});
