import { beforeAll, describe, expect, it, vi } from "vitest";
import { ownTime } from "../fakes/own-time.js";
import { parse } from "yaml";
import { AlpineK8sError } from "../../src/base/errors.js";
import {
  makeAdminConfig,
  readCredentials,
  serverUrl,
  type AdminConfigOptions,
} from "../../src/kubeconfig/admin-config.js";
import { createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import { issue } from "../pki/issue.js";
import { nodeConfig } from "./node-config.js";

const source = { file: "/etc/kubernetes/admin.conf", node: "master1" };
const expiry = new Date("2027-03-10T12:00:00Z");

let ca: ClusterCa;
let certificate: string;
let key: string;
beforeAll(async () => {
  ca = await createClusterCa({ name: "demo" });
  ({ certificate, key } = await issue(ca, { subject: "CN=kubernetes-admin", notAfter: expiry }));
});

function options(changes: Partial<AdminConfigOptions> = {}): AdminConfigOptions {
  return {
    adminConf: nodeConfig({ ca: ca.certificate, certificate, key }),
    node: "master1",
    clusterName: "demo",
    server: "https://10.250.250.2:6443",
    serverName: "api.demo.example.com",
    caCertificate: ca.certificate,
    ...changes,
  };
}

function failure(action: () => unknown): AlpineK8sError {
  try {
    action();
  } catch (error) {
    if (error instanceof AlpineK8sError) return error;
  }
  throw new Error("no AlpineK8sError was thrown");
}

describe("adminConfig", () => {
  it("is the golden file", async () => {
    const text = makeAdminConfig(options()).replace(/(-data): .*/g, "$1: <PEM in base64>");
    await expect(text).toMatchFileSnapshot("../golden/admin.config");
  });

  it("gives back the credentials, the address and the name that it was made of", () => {
    expect(readCredentials(makeAdminConfig(options()), { file: "admin.config" })).toEqual({
      server: "https://10.250.250.2:6443",
      serverName: "api.demo.example.com",
      ca: ca.certificate,
      certificate,
      key,
      notAfter: expiry,
    });
  });

  it("never switches certificate checks off", () => {
    expect(makeAdminConfig(options())).not.toContain("insecure");
  });

  it.each([
    ["10.0.0.1", 6443, "https://10.0.0.1:6443"],
    ["fd00::2", 6443, "https://[fd00::2]:6443"],
    ["127.0.0.1", 50443, "https://127.0.0.1:50443"],
  ])("address %s and port %d become %s", (address, port, server) => {
    expect(serverUrl(address, port)).toBe(server);
  });

  it.each(["no", "on", "1e3", "y"])("cluster name %s stays a text for YAML 1.1 readers", (name) => {
    const config = parse(makeAdminConfig(options({ clusterName: name })), { version: "1.1" }) as Record<
      string,
      unknown
    >;
    expect(config["current-context"]).toBe(name);
  });

  it("refuses the file of a cluster with another CA", async () => {
    const other = await createClusterCa({ name: "other" });
    const error = failure(() => makeAdminConfig(options({ caCertificate: other.certificate })));
    expect(error.message).toBe("master1: /etc/kubernetes/admin.conf trusts a CA that is not the one of cluster demo");
    expect([error.kind, error.node]).toEqual(["node", "master1"]);
  });
});

describe("readCredentials", () => {
  const good = (): string => nodeConfig({ ca: ca.certificate, certificate, key });
  const bad: readonly [string, () => string, string][] = [
    ["no YAML", () => "a: [", "it is not YAML with fields"],
    ["a list", () => "- a", "it is not YAML with fields"],
    ["an empty file", () => "", "it is not YAML with fields"],
    [
      "a context that leads nowhere",
      () => good().replace("current-context: kubernetes-admin@demo", "current-context: other"),
      "its current-context does not lead to a context with a cluster and a user",
    ],
    ["plain http", () => good().replace("https://", "http://"), "its cluster has no https server"],
    [
      "a path instead of a certificate",
      () => good().replace(/client-certificate-data: .*/, "client-certificate: /etc/a.pem"),
      "it has no usable client-certificate-data",
    ],
    [
      "a client certificate that is none",
      () => good().replace(/client-certificate-data: .*/, `client-certificate-data: ${btoa("-----BEGIN X")}`),
      "its client certificate cannot be read",
    ],
    [
      "a broken key",
      () => good().replace(/client-key-data: .*/, "client-key-data: AAAA"),
      "it has no usable client-key-data",
    ],
  ];

  it.each(bad)("refuses %s from a node", (_name, text, why) => {
    const error = failure(() => readCredentials(text(), source));
    expect(error.message).toBe(`master1: /etc/kubernetes/admin.conf cannot be used: ${why}`);
    expect(error.kind).toBe("node");
  });

  it("says of a file of ours how to get a new one", () => {
    const error = failure(() => readCredentials("", { file: "admin.config" }));
    expect(error.message).toBe("admin.config cannot be used: it is not YAML with fields");
    expect(error.hints).toEqual(["remove admin.config and run: alpine-k8s kubectl-config"]);
    expect(error.kind).toBe("usage");
  });

  it("takes a file without a server name", () => {
    expect(readCredentials(good(), source).serverName).toBeUndefined();
  });
});

describe("a node's admin.conf that is hostile", () => {
  it("of sixty thousand keys is refused at once, unread", () => {
    const text = Array.from({ length: 60_000 }, (_, count) => `k${count}: 1`).join("\n");
    const read = (): void => {
      expect(failure(() => readCredentials(text, source)).message).toBe(
        "master1: /etc/kubernetes/admin.conf cannot be used: it is larger than 64 KiB",
      );
    };
    expect(ownTime(read)).toBeLessThan(1_000);
  });

  it("of as many keys as it may have is read at once", () => {
    const text = Array.from({ length: 6_000 }, (_, count) => `k${count}: 1`).join("\n");
    const read = (): void => expect(failure(() => readCredentials(text, source)).kind).toBe("node");
    expect(ownTime(read)).toBeLessThan(2_000);
  });

  it("with an unknown tag at its key has no line of it printed", () => {
    const warned = vi.spyOn(process, "emitWarning");
    const { adminConf } = options();
    readCredentials(adminConf.replace("client-key-data: ", "client-key-data: !mine "), source);
    expect(warned).not.toHaveBeenCalled();
  });
});
