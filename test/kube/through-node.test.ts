import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectKube } from "../../src/kube/connect-kube.js";
import { kubeApi, type KubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { KubeError } from "../../src/kube/kube-error.js";
import { nodeTransport } from "../../src/kube/node-transport.js";
import type { RemoteCommand, RemoteHost, RemoteResult } from "../../src/remote/remote-host.js";

let folder: string;
let commands: RemoteCommand[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alpine-k8s-kube-"));
  commands = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a kubectl on the node that keeps its arguments and input, then does what `body` says. */
function kubectl(body: string): void {
  const path = join(folder, "kubectl");
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '%s\\n' "$@" >${folder}/args\n[ "$*" = "\${*%-f -}" ] || cat >${folder}/input\n${body}\n`,
  );
  chmodSync(path, 0o755);
}

const lines = (file: string): string[] => readFileSync(join(folder, file), "utf8").trimEnd().split("\n");

/** A node whose commands run in this computer's sh, with our kubectl first on PATH. */
function node(): RemoteHost {
  return {
    name: "master1",
    run: (command) => {
      commands.push(command);
      return runHere(command);
    },
    putFile: () => Promise.reject(new Error("no file is expected")),
    close: () => Promise.resolve(),
  };
}

function runHere(command: RemoteCommand): Promise<RemoteResult> {
  return new Promise((resolve, reject) => {
    const assignments = Object.entries(command.variables ?? {}).map(([name, value]) => `${name}='${value}'\n`);
    const child = spawn("sh", ["-c", assignments.join("") + command.script], {
      env: { PATH: `${folder}:${process.env["PATH"] ?? ""}` },
    });
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.on("close", (code) =>
      code === 0 ? resolve({ exitCode: 0, stdout, stderr: "" }) : reject(new Error(`exit ${String(code)}`)),
    );
    child.stdin.on("error", () => undefined);
    child.stdin.end(command.input);
  });
}

const api = (): KubeApi => kubeApi(nodeTransport(node()));
const configMap: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "kube-system" },
};

async function failureOf(action: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KubeError);
  return error as KubeError;
}

describe("reading through a master", () => {
  it("asks kubectl with the node's admin.conf and changes nothing", async () => {
    kubectl(`echo 'Warning: deprecated' >&2; echo '{"items":[{"n":1}]}'`);
    expect(await api().list("/api/v1/nodes")).toEqual([{ n: 1 }]);
    expect(lines("args")).toEqual([
      "--kubeconfig",
      "/etc/kubernetes/admin.conf",
      "--request-timeout=30s",
      "get",
      "--raw=/api/v1/nodes?limit=250",
    ]);
    expect(commands).toMatchObject([{ name: "kube get", readOnly: true, secretOutput: true }]);
  });

  it("finds nothing where kubectl says NotFound", async () => {
    kubectl(`echo 'Error from server (NotFound): secrets "a" not found' >&2; exit 1`);
    expect(await api().find("/api/v1/namespaces/x/secrets/a")).toBeUndefined();
  });

  it.each([
    [
      "Error from server (Forbidden): nodes is forbidden",
      "GET /api/v1/nodes: Error from server (Forbidden): nodes is forbidden (403 Forbidden)",
    ],
    [
      "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?",
      "get /api/v1/nodes with kubectl on master1: The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port? (Unreachable)",
    ],
    [
      "error: You must be logged in to the server (Unauthorized)",
      "GET /api/v1/nodes: error: You must be logged in to the server (Unauthorized) (401 Unauthorized)",
    ],
  ])("repeats kubectl's words: %s", async (words, message) => {
    kubectl(`echo '${words}' >&2; exit 1`);
    expect((await failureOf(api().get("/api/v1/nodes"))).message).toBe(message);
  });

  it("reports a node without kubectl", async () => {
    kubectl("echo 'sh: kubectl: not found' >&2; exit 127");
    const error = await failureOf(api().get("/version"));
    expect(error.message).toBe("get /version with kubectl on master1: sh: kubectl: not found (Unreachable)");
  });

  it("tells readiness in kubectl's words", async () => {
    kubectl("printf ok");
    expect(await api().readyz()).toBeUndefined();
    kubectl(`echo 'Error from server (InternalError): an error on the server ("[-]etcd failed")' >&2; exit 1`);
    expect(await api().readyz()).toContain("[-]etcd failed");
  });
});

describe("changing through a master", () => {
  it("applies on the server's side, with the objects on standard input only", async () => {
    kubectl("true");
    await api().apply([configMap], "alpine-k8s");
    expect(lines("args").slice(3)).toEqual([
      "apply",
      "--server-side",
      "--force-conflicts",
      "--field-manager=alpine-k8s",
      "-f",
      "-",
    ]);
    expect(JSON.parse(readFileSync(join(folder, "input"), "utf8"))).toEqual({
      apiVersion: "v1",
      kind: "List",
      items: [configMap],
    });
    expect(commands).toMatchObject([{ name: "kube apply" }]);
    expect(commands[0]?.readOnly).toBeUndefined();
  });

  it("names the node and repeats kubectl's words when applying fails", async () => {
    kubectl(`echo 'The ConfigMap "a" is invalid: data: wrong' >&2; exit 1`);
    const error = await failureOf(api().apply([configMap], "alpine-k8s"));
    expect(error.message).toBe('master1: kubectl apply: The ConfigMap "a" is invalid: data: wrong');
  });

  it("deletes by path, and takes NotFound for deleted", async () => {
    kubectl(`echo 'Error from server (NotFound): gone' >&2; exit 1`);
    await api().delete("/api/v1/namespaces/kube-system/secrets/s");
    expect(lines("args").slice(3)).toEqual(["delete", "--raw=/api/v1/namespaces/kube-system/secrets/s"]);
    expect(commands[0]?.readOnly).toBe(false);
  });
});

it("connectKube falls back to the master and says why", async () => {
  kubectl("echo '{}'");
  const direct = { server: "https://127.0.0.1:1", ca: "", certificate: "", key: "" };
  const kube = await connectKube({ direct, through: node() });
  expect([kube.via, kube.description]).toEqual(["node", "kubectl on master1"]);
  expect(kube.whyNotDirect).toContain("ECONNREFUSED");
  expect(await kube.get("/version")).toEqual({});
});
