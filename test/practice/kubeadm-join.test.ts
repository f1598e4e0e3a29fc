import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  eventually,
  initDocuments,
  joinDocument,
  kubectl,
  pinOf,
  practiceImage,
  practiceNode,
  TOKEN,
  type PracticeNode,
  type Ran,
} from "./support.js";

describe("kubeadm join", () => {
  let image: string;
  let master: PracticeNode;
  let minion: PracticeNode;
  let pin: string;
  beforeAll(async () => {
    image = practiceImage();
    master = await practiceNode(image);
    await master.startRuntime();
    pin = pinOf((await master.run("kubeadm", ["init", "--config", initDocuments(master)])).stdout);
  }, 60_000);
  afterAll(() => {
    master.dispose();
    rmSync(image, { recursive: true });
  });
  beforeEach(async () => {
    minion = await practiceNode(image);
    await minion.startRuntime();
  });
  afterEach(() => {
    minion.dispose();
  });

  function join(edit?: (text: string) => string, ...more: string[]): Promise<Ran> {
    return minion.run("kubeadm", ["join", "--config", joinDocument(minion, master, pin, edit), ...more]);
  }

  it("joins with token and pin; the kubelet gets its certificate and registers the node", async () => {
    const ran = await join();
    expect(ran.stdout).toContain("This node has joined the cluster:");
    expect(ran.code).toBe(0);
    expect(minion.has("etc/kubernetes/bootstrap-kubelet.conf")).toBe(false);
    expect(minion.read("etc/kubernetes/kubelet.conf")).toContain("/var/lib/kubelet/pki/kubelet-client-current.pem");
    expect(minion.read("var/lib/kubelet/config.yaml")).toContain("cgroupDriver: cgroupfs");
    await eventually(
      async () => (await kubectl(master, ["get", "node", "minion1.example.com"])).code === 0,
      "the node is registered",
    );
    const wide = await kubectl(master, ["get", "nodes", "-o", "wide"]);
    expect(wide.stdout).toMatch(/minion1\.example\.com +NotReady +<none> +\S+ +v1\.36\.1\+practice +127\.0\.0\.2/);
    const again = await join();
    expect(again.code).toBe(2);
    expect(again.stderr).toContain(
      "[ERROR FileAvailable--etc-kubernetes-kubelet.conf]: /etc/kubernetes/kubelet.conf already exists",
    );
    expect(again.stderr).toContain("[ERROR FileAvailable--etc-kubernetes-pki-ca.crt]");
    expect(again.stderr).toContain(`[ERROR Port-${String(10_250 + minion.shift)}]`);
  }, 60_000);

  it("joins by flags as well", async () => {
    const flags = [
      "--token",
      TOKEN,
      "--discovery-token-ca-cert-hash",
      pin,
      "--node-name",
      "minion2.example.com",
      "--cri-socket",
      "unix:///run/containerd/containerd.sock",
    ];
    const ran = await minion.run("kubeadm", ["join", `localhost:${String(master.apiPort)}`, ...flags]);
    expect(ran.code).toBe(0);
  }, 60_000);

  it.each([
    [
      "a token that the cluster does not have",
      TOKEN,
      "zzzzzz.0123456789abcdef",
      'could not find a JWS signature in the cluster-info ConfigMap for token ID "zzzzzz"',
    ],
    [
      "a wrong secret",
      TOKEN,
      "abcdef.9999999999999999",
      "failed to verify JWS signature of received cluster info object",
    ],
    ["a port where nobody listens", /localhost:\d+/, "localhost:1", "failed to request the cluster-info ConfigMap"],
  ])("refuses %s", async (_, before, after, message) => {
    const ran = await join((text) => text.replace(before, after));
    expect(ran.stderr).toContain("couldn't validate the identity of the API Server");
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(1);
    expect(minion.has("etc/kubernetes/bootstrap-kubelet.conf")).toBe(false);
  });

  it("refuses a wrong pin, a missing one, and one of another form", async () => {
    const wrong = await join((text) => text.replace(pin, `sha256:${"0".repeat(64)}`));
    expect(wrong.stderr).toContain(
      `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "${pin}" are pinned`,
    );
    const missing = await join((text) => text.replace(/ {4}caCertHashes.*\n/, ""));
    expect(missing).toMatchObject({ code: 3 });
    const form = await join((text) => text.replace("sha256:", "md5:"));
    expect(form.stderr).toContain('unknown hash format "md5"');
  });

  it("refuses an expired token, and the cleaner removes it", async () => {
    const token = "expire.0123456789abcdef";
    await master.run("kubeadm", ["token", "create", token, "--ttl", "2s"]);
    await eventually(
      async () => !(await master.run("kubeadm", ["token", "list"])).stdout.includes(token),
      "the token is gone",
    );
    const ran = await join((text) => text.replace(TOKEN, token));
    expect(ran.stderr).toContain('for token ID "expire"');
    expect(ran.code).toBe(1);
  }, 30_000);

  it("refuses a token that may not authenticate", async () => {
    const token = "signer.0123456789abcdef";
    const data = { "token-id": "signer", "token-secret": "0123456789abcdef", "usage-bootstrap-signing": "true" };
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      type: "bootstrap.kubernetes.io/token",
      metadata: { name: "bootstrap-token-signer", namespace: "kube-system" },
      stringData: data,
    };
    expect((await kubectl(master, ["create", "-f", "-"], JSON.stringify(secret))).stdout).toContain(
      "secret/bootstrap-token-signer created",
    );
    const ran = await join((text) => text.replace(TOKEN, token).replace("discovery: 1s", "discovery: 10s"));
    expect(ran.stderr).toContain(
      "unable to fetch the kubeadm-config ConfigMap: failed to get config map: Unauthorized",
    );
  }, 30_000);

  it("refuses a node that is not fit", async () => {
    minion.write("proc/sys/net/ipv4/ip_forward", "0\n");
    minion.stopRuntime();
    const ran = await join();
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("[ERROR FileContent--proc-sys-net-ipv4-ip_forward]");
    expect(ran.stderr).toContain("[ERROR CRI]");
  });

  it("refuses the name of a node that is there and Ready", async () => {
    const ready = {
      status: {
        conditions: [
          {
            type: "Ready",
            status: "True",
            reason: "KubeletReady",
            message: "",
            lastHeartbeatTime: null,
            lastTransitionTime: null,
          },
        ],
      },
    };
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "taken.example.com" }, ...ready };
    await kubectl(master, ["create", "-f", "-"], JSON.stringify(node));
    const ran = await join((text) => text.replace("minion1.example.com", "taken.example.com"));
    expect(ran.stderr).toContain(
      'a Node with name "taken.example.com" and status "Ready" already exists in the cluster',
    );
  });
});
