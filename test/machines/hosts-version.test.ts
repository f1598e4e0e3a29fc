import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { askHostsVersion } from "../../src/machines/hosts-version.js";
import type { RemoteCommand, RemoteHost } from "../../src/remote/remote-host.js";
import { specOf } from "../topology/made.js";

/** The first master answers so; what it is asked may change nothing. */
async function asked(stdout: string): Promise<{ version?: string; error?: AlpineK8sError; closed: number }> {
  let closed = 0;
  const host: Pick<RemoteHost, "run" | "close"> = {
    run: (command: RemoteCommand) => {
      if (command.readOnly !== true) throw new Error("it would change the machine");
      return Promise.resolve({ exitCode: 0, stdout, stderr: "" });
    },
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  };
  const spec = specOf("{provider: hosts, hosts: [{name: first, role: master, address: 203.0.113.7}]}");
  const input = { folder: "/cluster", spec, signal: new AbortController().signal, onPinned: () => undefined };
  try {
    const version = await askHostsVersion(() => Promise.resolve(host as RemoteHost), input);
    return { version, closed };
  } catch (error) {
    if (!(error instanceof AlpineK8sError)) throw error;
    return { error, closed };
  }
}

describe("the Kubernetes version of hosts", () => {
  it("is the one that the first master tells", async () => {
    expect(await asked("v1.33.1\n")).toEqual({ version: "v1.33.1", closed: 1 });
  });

  it("is asked for with the command that finds it, when the machine tells none", async () => {
    const { error, closed } = await asked("");
    expect(closed).toBe(1);
    expect(error?.kind).toBe("usage");
    expect(error?.message).toBe("first has no kubeadm that could tell the Kubernetes version");
    expect(error?.hints).toEqual([
      "on first, see which one its Alpine release has: apk update && apk policy kubeadm  (kubeadm is in the repository community: /etc/apk/repositories)",
      'say it in alpine-k8s.yaml: spec.kubernetes.version: "vX.Y.Z"',
    ]);
  });
});
