import { describe, expect, it } from "vitest";
import { kubectlPlatform } from "../../src/kubectl/platform.js";
import { proxyFor } from "../../src/http/proxy.js";
import { kubectlUrl, releaseOf, RELEASES } from "../../src/kubectl/release.js";
import { withoutPassword } from "../../src/base/hide-logins.js";

describe("kubectlPlatform and kubectlUrl", () => {
  it.each([
    ["linux", "x64", "linux/amd64/kubectl"],
    ["linux", "arm64", "linux/arm64/kubectl"],
    ["darwin", "x64", "darwin/amd64/kubectl"],
    ["darwin", "arm64", "darwin/arm64/kubectl"],
    ["win32", "x64", "windows/amd64/kubectl.exe"],
    ["win32", "arm64", "windows/arm64/kubectl.exe"],
  ])("%s on %s gets %s", (platform, arch, path) => {
    const url = kubectlUrl(RELEASES, "v1.36.1", kubectlPlatform(platform, arch));
    expect(url).toBe(`https://dl.k8s.io/release/v1.36.1/bin/${path}`);
  });

  it.each([
    ["freebsd", "x64"],
    ["linux", "riscv64"],
  ])("%s on %s is told to install one", (platform, arch) => {
    expect(() => kubectlPlatform(platform, arch)).toThrow(`no kubectl is fetched for ${platform} on ${arch}`);
  });

  it.each(["ftp://mirror", "mirror.example.com", "", "https://mirror/?a=b", "file:///tmp"])(
    "refuses the mirror %j",
    (mirror) => {
      expect(() => kubectlUrl(mirror, "v1.36.1", kubectlPlatform("linux", "x64"))).toThrow(
        `the mirror ${JSON.stringify(mirror)} is not an http or https URL`,
      );
    },
  );

  it.each([
    ["v1.36.1", "v1.36.1"],
    ["v1.36.1+vendor", "v1.36.1"],
    ["v1.37.0-rc.1", "v1.37.0-rc.1"],
  ])("the release of %s is %s", (version, release) => expect(releaseOf(version)).toBe(release));

  it.each(["1.36.1", "v1.36", "latest", "v1.36.1/../.."])("refuses the version %j", (version) => {
    expect(() => releaseOf(version)).toThrow("is not a Kubernetes version of the form v1.Y.Z");
  });

  it("shows no password", () => expect(withoutPassword("https://ann:secret@host/a")).toBe("https://ann:***@host/a"));

  it("shows no secret parameter", () =>
    expect(withoutPassword("https://ann:secret@host/a?sv=2&sig=abc%3D&se=9#token=x")).toBe(
      "https://ann:***@host/a?sv=2&sig=***&se=9#token=***",
    ));

  it("shows no user that stands alone: it is a token", () =>
    expect(withoutPassword("https://secret@host/a")).toBe("https://***@host/a"));

  it.each(["ftp://ann:s3cret@host", "ann:s3cret@host/a", "https://ann:s3cret@host/a?b"])(
    "refuses the mirror %j without its login",
    (mirror) => {
      const refused = (): string => kubectlUrl(mirror, "v1.36.1", kubectlPlatform("linux", "x64"));
      expect(refused).toThrow(/^the mirror "[^"]*\*\*\*@host[^"]*" is not an http or https URL$/);
      expect(refused).not.toThrow("s3cret");
    },
  );
});

describe("proxyFor", () => {
  const https_proxy = "http://proxy:3128";

  it.each([
    ["https_proxy", { https_proxy }, "http://proxy:3128/"],
    ["HTTPS_PROXY", { HTTPS_PROXY: https_proxy }, "http://proxy:3128/"],
    ["small letters first", { https_proxy, HTTPS_PROXY: "http://other:1" }, "http://proxy:3128/"],
    ["all_proxy", { all_proxy: https_proxy }, "http://proxy:3128/"],
    ["no scheme", { https_proxy: "proxy:3128" }, "http://proxy:3128/"],
    ["an https proxy", { https_proxy: "https://proxy:3129" }, "https://proxy:3129/"],
    ["only http_proxy", { http_proxy: https_proxy }, undefined],
    ["an empty value", { https_proxy: "" }, undefined],
  ])("with %s", (_name, env, proxy) => {
    expect(proxyFor(new URL("https://dl.k8s.io/release"), env)?.href).toBe(proxy);
  });

  it.each([
    ["dl.k8s.io", true],
    ["k8s.io", true],
    [".k8s.io", true],
    ["*.k8s.io", true],
    ["*", true],
    ["a.example, K8S.IO", true],
    ["dl.k8s.io:443", true],
    ["dl.k8s.io:8443", false],
    ["8s.io", false],
    ["l.k8s.io", false],
    ["", false],
  ])("no_proxy %j for dl.k8s.io: %s", (no_proxy, exempt) => {
    expect(proxyFor(new URL("https://dl.k8s.io/"), { https_proxy, no_proxy }) === undefined).toBe(exempt);
  });

  it.each([
    ["http://10.1.2.3/", "10.0.0.0/8", true],
    ["http://10.1.2.3/", "10.1.2.3", true],
    ["http://10.1.2.3:8080/", "10.1.2.3:8080", true],
    ["http://11.1.2.3/", "10.0.0.0/8", false],
    ["http://10.1.2.3/", "10.0.0.0/99", false],
    ["http://110.1.2.3/", "10.1.2.3", false],
    ["http://[fd00::1]/", "fd00::/8", true],
    ["http://[fd00::1]/", "fd00::1", true],
    ["http://[fd00::1]:81/", "[fd00::1]:81", true],
    ["http://[fd00::1]/", "fe80::/10", false],
  ])("%s with no_proxy %j: %s", (url, no_proxy, exempt) => {
    expect(proxyFor(new URL(url), { http_proxy: https_proxy, no_proxy }) === undefined).toBe(exempt);
  });

  it("refuses another kind of proxy without repeating it", () => {
    const act = (): unknown => proxyFor(new URL("https://dl.k8s.io/"), { https_proxy: "socks5://ann:secret@proxy" });
    expect(act).toThrow(
      "the environment variable https_proxy names a SOCKS proxy; only http and https proxies are spoken",
    );
    expect(act).not.toThrow("secret");
    const ftp = (): unknown => proxyFor(new URL("https://dl.k8s.io/"), { https_proxy: "ftp://ann:secret@proxy" });
    expect(ftp).toThrow("the environment variable https_proxy names no http or https proxy");
  });

  it("names the variable as it is written, and what goes before it", () => {
    const act = (): unknown => proxyFor(new URL("https://dl.k8s.io/"), { ALL_PROXY: "socks5h://127.0.0.1:1080" });
    expect(act).toThrow(
      expect.objectContaining({
        ...{ kind: "usage", variable: "ALL_PROXY", isSocks: true },
        hints: [
          "https_proxy=http://proxy.example.com:3128  (goes before ALL_PROXY)",
          "or leave it out for one host: no_proxy=dl.k8s.io",
        ],
      }),
    );
  });
});
