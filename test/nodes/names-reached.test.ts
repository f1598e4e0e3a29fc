import { describe, expect, it } from "vitest";
import type { RemoteCommand } from "../../src/remote/remote-host.js";
import { askNames } from "../../src/nodes/names-reached.js";

const identity = { serviceSubnet: "10.96.0.0/12", dnsDomain: "cluster.local" };
const { signal } = new AbortController();
const at = Date.parse("2026-11-30T10:00:00Z");
const boot = (name: string) => ({ fqdn: `${name}.example.com`, at });

/** Nodes by what their script prints; an error is a node that cannot be asked. `asked` are the commands. */
function nodes(answers: Readonly<Record<string, string | Error>>) {
  const asked: RemoteCommand[] = [];
  const sessions = Object.entries(answers).map(([name, answer]) => ({
    node: { name, fqdn: `${name}.example.com` },
    host: {
      run: (command: RemoteCommand) => {
        asked.push(command);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ stdout: `${answer}\n` });
      },
    },
  }));
  const ask = askNames({ identity, signal } as never, [...sessions, undefined] as never);
  return { ask, asked };
}

describe("names on nodes that have just started", () => {
  it("are asked for at the Service's address, on those nodes alone, by what changes nothing", async () => {
    const { ask, asked } = nodes({ master1: "reached", minion1: "reached", minion2: "silent" });
    expect(await ask([boot("master1"), boot("minion1")])).toBeUndefined();
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatchObject({
      ...{ readOnly: true, variables: { AK8S_DNS: "10.96.0.10", AK8S_DOMAIN: "cluster.local" } },
      script: expect.stringContaining('nslookup "kubernetes.default.svc.$AK8S_DOMAIN" "$AK8S_DNS"') as string,
    });
    expect(await ask([])).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it("that are not answered are told with the nodes", async () => {
    const { ask } = nodes({ master1: "reached", minion1: "silent", minion2: "silent" });
    expect(await ask([boot("master1"), boot("minion1"), boot("minion2")])).toBe(
      "names are not answered yet on minion1.example.com, minion2.example.com: CoreDNS is silent at its Service's address 10.96.0.10",
    );
  });

  it("leave out a node that cannot be asked, of which other conditions tell", async () => {
    const { ask } = nodes({ minion1: new Error("gone") });
    expect(await ask([boot("minion1")])).toBeUndefined();
  });
});
