import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderFolder } from "../../src/operations/folder/render-folder.js";
import { clusterPaths } from "../../src/base/paths.js";
import { proxySecrets } from "../../src/model/spec/proxy-password.js";
import { callsOf, evaluate, filesFor, folderWith, installed, provisionersOf } from "./evaluate.js";
import { plainSpec, topologyOn } from "./inputs.js";

const LOGIN = "http://joe:s3cret%21@proxy:3128";
const spec = { ...plainSpec, proxy: { http: LOGIN, https: "http://proxy:3128", noProxy: [] } };

describe("a proxy with a password in its address", () => {
  it("is in no rendered file; the address lies beside them, for its owner only", async () => {
    const paths = clusterPaths(await mkdtemp(join(tmpdir(), "alpine-k8s-proxy-")));
    const topology = topologyOn("libvirt");
    await renderFolder({ paths, spec, topology, force: false });
    for (const path of [paths.vagrantfile, ...Object.values(paths.scripts)]) {
      expect(readFileSync(path, "utf8")).not.toContain("s3cret");
    }
    expect(readFileSync(paths.proxies.http, "utf8")).toBe(LOGIN);
    expect(statSync(paths.proxies.http).mode & 0o777).toBe(0o600);
    expect(() => statSync(paths.proxies.https)).toThrow("ENOENT");
    await renderFolder({ paths, spec: plainSpec, topology, force: false });
    expect(() => statSync(paths.proxies.http)).toThrow("ENOENT");
  });

  it.runIf(installed("ruby"))("reaches the machines with plain Vagrant, which hides it", () => {
    const folder = folderWith(filesFor("libvirt", spec));
    mkdirSync(join(folder, ".alpine-k8s/proxy"));
    writeFileSync(join(folder, ".alpine-k8s/proxy/http"), LOGIN);
    expect(callsOf(evaluate(folder), "vagrant", "sensitive=")[0]?.[0]).toContain(LOGIN);
    const [shared] = provisionersOf(folder, "minion1");
    expect(shared?.env).toMatchObject({ AK8S_HTTP_PROXY: LOGIN, AK8S_HTTPS_PROXY: "http://proxy:3128" });
  });

  it("is kept out of logs, whole and in parts", () => {
    expect(proxySecrets(spec)).toEqual([LOGIN, "joe:s3cret%21", "s3cret%21", "s3cret!"]);
    expect(proxySecrets(plainSpec)).toEqual([]);
  });
});
