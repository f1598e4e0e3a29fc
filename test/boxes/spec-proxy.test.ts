import { describe, expect, it } from "vitest";
import { exportLine } from "../../src/boxes/build-disk.js";
import { publishedSum } from "../../src/boxes/base-source.js";
import { specProxy } from "../../src/operations/box/spec-proxy.js";
import { BEHIND_PROXY, serve, serveProxy } from "../kubectl/server.js";

const NONE = { http: "", https: "", ca: "", noProxy: [] };
const HTTP = "http://proxy.example.com:3128";

describe("the proxy of the spec", () => {
  it("leaves the environment alone when there is none", () => {
    const env = { PATH: "/bin" };
    expect(specProxy(env, { proxy: NONE }, undefined)).toEqual({ env, ca: undefined, guest: {}, secrets: [] });
  });

  it("is for this computer's downloads, with what the environment exempts, and for the machine of a build", () => {
    const proxy = { ...NONE, http: HTTP, https: "http://carol:s3cret@proxy.example.com:3129", noProxy: ["10.0.0.0/8"] };
    const { env, guest, secrets, ca } = specProxy({ PATH: "/bin", NO_PROXY: "here.test" }, { proxy }, "PEM");
    const named = { http_proxy: HTTP, https_proxy: proxy.https };
    expect(guest).toEqual({ ...named, no_proxy: "10.0.0.0/8" });
    expect(env).toEqual({ PATH: "/bin", NO_PROXY: "here.test", ...named, no_proxy: "here.test,10.0.0.0/8" });
    expect(ca).toBe("PEM");
    expect(secrets).toContain("s3cret");
    expect(exportLine(guest)).toBe("export http_proxy https_proxy no_proxy\n");
    expect(exportLine({})).toBe("");
  });

  it("comes after one of the environment, which the machine does not get", () => {
    const env = { HTTPS_PROXY: "http://127.0.0.1:8080" };
    const found = specProxy(env, { proxy: { ...NONE, http: HTTP } }, undefined);
    expect(found).toMatchObject({ env, guest: { http_proxy: HTTP } });
  });

  it("is the way to the image's sum", async () => {
    const sum = "ab".repeat(64);
    const proxy = await serveProxy(undefined, await serve({ "/a.qcow2.sha512": sum }));
    const { env } = specProxy({}, { proxy: { ...NONE, http: proxy.url, https: proxy.url } }, undefined);
    const http = { signal: new AbortController().signal, env, stall: 2000 };
    // There is no TLS behind it: that it was asked is what counts.
    await expect(publishedSum({ place: `https://${BEHIND_PROXY}/a.qcow2`, sha512: undefined }, http)).rejects.toThrow();
    expect(proxy.seen).toEqual([`CONNECT ${BEHIND_PROXY}:443`]);
  });
});
