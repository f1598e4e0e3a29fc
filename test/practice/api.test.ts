import { get } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployment, networkManifest, practiceCluster, type PracticeCluster } from "./cluster.js";
import { eventually, kubectl, runProgram, type PracticeNode, type Ran } from "./support.js";

/** A request without kubectl: anonymous, or with a bearer token. */
function ask(master: PracticeNode, path: string, token?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const ca = master.read("etc/kubernetes/pki/ca.crt");
    get({ host: "localhost", port: master.apiPort, path, ca, headers, agent: false }, (answer) => {
      let text = "";
      answer.on("data", (data: Buffer) => (text += data.toString()));
      answer.on("end", () => {
        resolve(text);
      });
    }).on("error", reject);
  });
}

describe("the API with the real kubectl", () => {
  let cluster: PracticeCluster;
  let master: PracticeNode;
  let minion: PracticeNode;
  beforeAll(async () => {
    cluster = await practiceCluster();
    ({ master, minion } = cluster);
  }, 90_000);
  afterAll(() => {
    cluster.dispose();
  });
  const fine = (args: readonly string[], input?: string): Promise<string> => cluster.fine(args, input);
  const apply = (text: string): Promise<string> => cluster.apply(text);

  it("keeps nodes NotReady and CoreDNS pending until there is a network", async () => {
    await eventually(async () => (await fine(["get", "nodes"])).includes("minion1"), "both nodes are there");
    const nodes = await fine(["get", "nodes", "-o", "wide"]);
    expect(nodes).toMatch(
      /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME\n/,
    );
    expect(nodes).toMatch(/master1\.example\.com +NotReady +control-plane .* 127\.0\.0\.1 +<none> +Practice Linux/);
    const why = await fine([
      "get",
      "node",
      "minion1.example.com",
      "-o",
      'jsonpath={.status.conditions[?(@.type=="Ready")].message}',
    ]);
    expect(why).toContain("container runtime network not ready");
    expect(why).toContain("cni plugin not initialized");
    await eventually(async () => /coredns\S+ +0\/1 +Pending/.test(await fine(["get", "pods", "-A"])), "coredns waits");
    await eventually(
      async () => (await fine(["get", "pods", "-n", "kube-system"])).includes("kube-apiserver-master1.example.com"),
      "static pods are shown",
    );
  });

  it("installs a network from a manifest by server-side apply, twice", async () => {
    for (let round = 0; round < 2; round += 1) {
      const applied = await fine([
        "apply",
        "--server-side",
        "--field-manager=alpine-k8s",
        "--force-conflicts",
        "-f",
        networkManifest,
      ]);
      expect(applied).toContain("daemonset.apps/practice-network serverside-applied");
    }
    await fine(["rollout", "status", "-n", "kube-system", "ds/practice-network", "--timeout=20s"]);
    await fine(["wait", "--for=condition=Ready", "nodes", "--all", "--timeout=20s"]);
    await fine(["rollout", "status", "-n", "kube-system", "deploy/coredns", "--timeout=20s"]);
    expect(minion.read("etc/cni/net.d/10-practice-network.conflist")).toContain('"plugins"');
    expect(await fine(["get", "pods", "-A", "-o", "wide"])).toMatch(
      /coredns\S+ +1\/1 +Running +0 +\S+ +10\.244\.\d\.\d+ +m\w+1\.example\.com +<none> +<none>/,
    );
    expect(await fine(["get", "ds", "-n", "kube-system", "practice-network"])).toMatch(
      /practice-network +2 +2 +2 +2 +2 /,
    );
    expect((await minion.run("crictl", ["ps"])).stdout).toContain("practice-network");
  }, 60_000);

  it("makes a bootstrap token from a Secret on standard input, and signs for it", async () => {
    const data = {
      "token-id": "feed00",
      "token-secret": "0123456789abcdef",
      "usage-bootstrap-signing": "true",
      "usage-bootstrap-authentication": "true",
    };
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      type: "bootstrap.kubernetes.io/token",
      metadata: { name: "bootstrap-token-feed00", namespace: "kube-system" },
      stringData: data,
    };
    expect(await apply(JSON.stringify(secret))).toContain("secret/bootstrap-token-feed00 serverside-applied");
    await eventually(
      async () =>
        (await fine(["get", "cm", "-n", "kube-public", "cluster-info", "-o", "yaml"])).includes(
          "jws-kubeconfig-feed00",
        ),
      "cluster-info is signed",
    );
    expect(await fine(["delete", "secret", "-n", "kube-system", "bootstrap-token-feed00"])).toContain("deleted");
    await eventually(
      async () =>
        !(await fine(["get", "cm", "-n", "kube-public", "cluster-info", "-o", "yaml"])).includes(
          "jws-kubeconfig-feed00",
        ),
      "the signature is gone",
    );
  });

  it("tells of conflicts in server-side apply, and drops fields that are no longer applied", async () => {
    const map = (data: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared, namespace: default}\ndata: {${data}}\n`;
    await apply(map("a: one, b: two"));
    const other = await kubectl(
      master,
      ["apply", "--server-side", "--field-manager=other", "-f", "-"],
      map("a: changed"),
    );
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/Apply failed with 1 conflict: conflict with "alpine-k8s": \.data\.a/);
    await fine(["apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", "-"], map("a: changed"));
    await apply(map("c: three"));
    expect(await fine(["get", "cm", "shared", "-o", "jsonpath={.data}"])).toBe('{"a":"changed","c":"three"}');
  });

  it("answers with errors in Kubernetes' words", async () => {
    const said = async (args: readonly string[], input = ""): Promise<string> =>
      (await kubectl(master, args, input)).stderr;
    expect(await said(["get", "cm", "none"])).toBe('Error from server (NotFound): configmaps "none" not found\n');
    expect(await said(["create", "ns", "default"])).toContain('(AlreadyExists): namespaces "default" already exists');
    expect(await said(["create", "cm", "x", "-n", "none"])).toContain('namespaces "none" not found');
    expect(await said(["create", "cm", "Bad_Name"])).toContain("Invalid value");
    expect(await said(["get", "nonsense"])).toContain('the server doesn\'t have a resource type "nonsense"');
    expect(
      await said(
        ["apply", "-f", "-"],
        deployment("bad")
          .replace("{app: bad}}}", "{app: bad}}}")
          .replace("selector: {matchLabels: {app: bad}}", "selector: {matchLabels: {app: other}}"),
      ),
    ).toContain("`selector` does not match template `labels`");
    const stale = (await fine(["create", "cm", "stale", "-o", "json"])).replace(
      /"resourceVersion": "\d+"/,
      '"resourceVersion": "1"',
    );
    expect(await said(["replace", "-f", "-"], stale)).toContain("the object has been modified");
  });

  it("patches in three ways, dry runs, and waits for deletion", async () => {
    await fine(["create", "cm", "patched", "--from-literal=a=1"]);
    await fine(["patch", "cm", "patched", "--type=merge", "-p", '{"data":{"b":"2"}}']);
    await fine(["patch", "cm", "patched", "--type=json", "-p", '[{"op":"remove","path":"/data/a"}]']);
    await fine(["patch", "cm", "patched", "-p", '{"metadata":{"labels":{"x":"y"}}}']);
    await fine(["label", "cm", "patched", "z=1"]);
    await fine(
      ["apply", "--server-side", "--dry-run=server", "-f", "-"],
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"unmade","namespace":"default"}}',
    );
    expect((await kubectl(master, ["get", "cm", "unmade"])).code).toBe(1);
    expect(await fine(["get", "cm", "patched", "-o", "jsonpath={.data} {.metadata.labels}"])).toBe(
      '{"b":"2"} {"x":"y","z":"1"}',
    );
    await fine(["create", "ns", "gone"]);
    await fine(["create", "cm", "inside", "-n", "gone"]);
    await fine(["delete", "ns", "gone", "--timeout=15s"]);
    expect((await kubectl(master, ["get", "ns", "gone"])).stderr).toContain("NotFound");
  }, 30_000);

  it("serves the custom resources of a definition", async () => {
    const columns = "additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]";
    const version = `{name: v1, served: true, storage: true, ${columns}, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}`;
    await apply(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.example.com}
spec: {group: example.com, scope: Namespaced, names: {plural: boxes, singular: box, kind: Box, shortNames: [bx]}, versions: [${version}]}`);
    await fine(["wait", "--for=condition=Established", "crd/boxes.example.com", "--timeout=10s"]);
    await apply("{apiVersion: example.com/v1, kind: Box, metadata: {name: big, namespace: default}, spec: {size: 7}}");
    expect(await fine(["get", "bx"])).toMatch(/^NAME +SIZE\nbig +7/);
    await fine(["delete", "box", "big"]);
  });

  it("watches", async () => {
    const args = [
      "--kubeconfig",
      join(master.root, "etc/kubernetes/admin.conf"),
      "get",
      "cm",
      "-w",
      "--request-timeout=4s",
    ];
    const watching: Promise<Ran> = runProgram("kubectl", args, { PATH: process.env["PATH"], HOME: master.root });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await fine(["create", "cm", "seen"]);
    expect((await watching).stdout).toMatch(/\nseen +0 +\ds/);
  });

  it("knows who asks: strangers, service accounts, users", async () => {
    const as = (path: string, token?: string): Promise<string> => ask(master, path, token);
    expect(await as("/version")).toContain("+practice");
    expect(await as("/readyz")).toBe("ok");
    expect(await as("/api/v1/namespaces/kube-public/configmaps/cluster-info")).toContain("kubeconfig");
    expect(await as("/api/v1/nodes")).toContain(
      'User \\"system:anonymous\\" cannot list resource \\"nodes\\" in API group \\"\\" at the cluster scope',
    );
    expect(await as("/api/v1/nodes", "abcdef.wrongwrongwrong0")).toContain('"reason":"Unauthorized"');
    expect(await as("/api/v1/secrets", "abcdef.0123456789abcdef")).toContain(
      'User \\"system:bootstrap:abcdef\\" cannot list resource \\"secrets\\"',
    );
    await fine(["create", "sa", "reader"]);
    const request = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} });
    const answer = await fine(
      ["create", "--raw", "/api/v1/namespaces/default/serviceaccounts/reader/token", "-f", "-"],
      request,
    );
    const token = /"token":"([^"]+)"/.exec(answer)?.[1] ?? "";
    expect(await as("/api/v1/nodes", token)).toContain('User \\"system:serviceaccount:default:reader\\" cannot list');
    await fine([
      "create",
      "clusterrolebinding",
      "reader",
      "--clusterrole=cluster-admin",
      "--serviceaccount=default:reader",
    ]);
    expect(await as("/api/v1/nodes", token)).toContain("minion1.example.com");
    expect(await fine(["auth", "can-i", "delete", "nodes"])).toContain("yes");
  });
});
