import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { BOOTSTRAP_TOKENS, bootstrapToken, tokenState } from "../../src/kube/bootstrap-tokens.js";
import { directTransport } from "../../src/kube/direct-transport.js";
import { kubeApi, type KubeApi } from "../../src/kube/kube-api.js";
import { tokenSecret, tokenSecretPath } from "../../src/kube/token-secret.js";
import { initDocuments, practiceImage, practiceNode, type PracticeNode } from "./support.js";

interface AdminConf {
  readonly clusters: readonly [{ readonly cluster: { readonly "certificate-authority-data": string } }];
  readonly users: readonly [
    { readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } },
  ];
}

describe("bootstrap tokens through the practice cluster's API", () => {
  let image: string;
  let master: PracticeNode;
  let api: KubeApi;
  beforeAll(async () => {
    image = practiceImage();
    master = await practiceNode(image);
    await master.startRuntime();
    await master.run("kubeadm", ["init", "--config", initDocuments(master)]);
    const conf = parse(master.read("etc/kubernetes/admin.conf")) as AdminConf;
    const { user } = conf.users[0];
    const access = {
      server: `https://localhost:${master.apiPort}`,
      ca: atob(conf.clusters[0].cluster["certificate-authority-data"]),
      certificate: atob(user["client-certificate-data"]),
      key: atob(user["client-key-data"]),
    };
    api = kubeApi(directTransport(access, { connect: 5_000, request: 20_000 }));
  }, 60_000);
  afterAll(() => {
    api.close();
    master.dispose();
    rmSync(image, { recursive: true });
  });

  it("are listed alone, made, judged and revoked", async () => {
    const now = new Date();
    const ids = async (): Promise<string[]> =>
      (await api.list(BOOTSTRAP_TOKENS)).map((secret) => bootstrapToken(secret, now).id).sort();
    const before = await ids();
    expect(before).toHaveLength(1);
    const token = "00abcd.0123456789abcdef";
    await api.apply([tokenSecret(token, now, "alpine-k8s token rotate, in place of abcdef")], "alpine-k8s");
    expect(await ids()).toEqual(["00abcd", ...before].sort());
    const secret = await api.find(tokenSecretPath(token));
    expect(tokenState(secret, now, token)).toBe("valid");
    expect(secret && bootstrapToken(secret, now)).toMatchObject({
      ...{ id: "00abcd", expired: false, usages: ["authentication", "signing"] },
      description: "alpine-k8s token rotate, in place of abcdef",
    });
    await api.delete(tokenSecretPath("00abcd."));
    expect(tokenState(await api.find(tokenSecretPath(token)), now, token)).toBe("missing");
    expect(await ids()).toEqual(before);
  });
});
