import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareFolder, renderFolder, renderItem } from "../../src/operations/folder/render-folder.js";
import { clusterPaths } from "../../src/base/paths.js";
import { proxySecrets } from "../../src/model/spec/proxy-password.js";
import { callsOf, evaluate, filesFor, folderWith, installed, provisionersOf } from "./evaluate.js";
import { plainSpec, topologyOn } from "./inputs.js";

const LOGIN = "http://joe:s3cret%21@proxy:3128";
const spec = { ...plainSpec, proxy: { http: LOGIN, https: "http://proxy:3128", ca: "", noProxy: [] } };

describe("a proxy with a password in its address", () => {
  it("is in no rendered file; the address lies beside them, for its owner only", async () => {
    const paths = clusterPaths(await mkdtemp(join(tmpdir(), "alpine-k8s-proxy-")));
    const topology = topologyOn("libvirt");
    await renderFolder({ paths, spec, topology, proxyCa: undefined, force: false });
    for (const path of [paths.vagrantfile, ...Object.values(paths.scripts)]) {
      expect(readFileSync(path, "utf8")).not.toContain("s3cret");
    }
    expect(readFileSync(paths.proxies.http, "utf8")).toBe(LOGIN);
    expect(statSync(paths.proxies.http).mode & 0o777).toBe(0o600);
    expect(() => statSync(paths.proxies.https)).toThrow("ENOENT");
    await renderFolder({ paths, spec: plainSpec, topology, proxyCa: undefined, force: false });
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

describe("the CA of a proxy that intercepts TLS", () => {
  const CA = "-----BEGIN CERTIFICATE-----\nVGhlIHByb3h5J3M=\n-----END CERTIFICATE-----\n";

  it("lies beside the rendered files as long as the spec names it", async () => {
    const paths = clusterPaths(await mkdtemp(join(tmpdir(), "alpine-k8s-proxy-")));
    const input = { paths, spec: plainSpec, topology: topologyOn("libvirt"), force: false };
    const { written } = await renderFolder({ ...input, proxyCa: CA });
    expect(written).toContain(paths.proxyCa);
    expect(readFileSync(paths.proxyCa, "utf8")).toBe(CA);
    expect((await renderFolder({ ...input, proxyCa: CA })).written).toEqual([]);
    expect((await compareFolder({ ...input, proxyCa: `${CA}${CA}` })).changes.map(renderItem)).toMatchObject([
      { text: "write proxy/ca.crt" },
    ]);
    expect((await renderFolder({ ...input, proxyCa: undefined })).written).toEqual([paths.proxyCa]);
    expect(() => statSync(paths.proxyCa)).toThrow("ENOENT");
  });

  it.runIf(installed("ruby")).each(["libvirt", "docker"] as const)(
    "reaches the machines with plain Vagrant (%s)",
    (provider) => {
      const folder = folderWith(filesFor(provider));
      mkdirSync(join(folder, ".alpine-k8s/proxy"));
      writeFileSync(join(folder, ".alpine-k8s/proxy/ca.crt"), CA);
      for (const { env } of provisionersOf(folder, "minion1")) {
        expect(env?.["AK8S_PROXY_CA_B64"]).toBe(Buffer.from(CA).toString("base64"));
      }
    },
  );
});
