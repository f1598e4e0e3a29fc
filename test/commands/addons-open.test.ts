import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import AddonsOpen from "../../src/commands/addons/open.js";
import type { OpenedAddon } from "../../src/operations/addons/open.js";
import { DashboardWorld } from "../operations/dashboard-world.js";
import { differences, documented } from "./documented.js";
import { ROOT, type Ran } from "./run-command.js";

const SERVICE = "/api/v1/namespaces/kube-system/services/headlamp";

let world: DashboardWorld;
/** Called when the pages are told, before Ctrl-C. */
let onShown: (opened: OpenedAddon) => unknown;
beforeEach(async () => {
  world = await DashboardWorld.create();
  world.has("headlamp");
  onShown = () => undefined;
  vi.stubEnv("SSH_CONNECTION", undefined);
  const file = join(world.world.folder, "alpine-k8s.yaml");
  const addons = "addons: [{ name: canal, manifest: network.yaml }, { name: headlamp, manifest: network.yaml }]";
  writeFileSync(file, readFileSync(file, "utf8").replace(/addons: .*/, addons));
});
afterEach(() => world.close());

async function run(...argv: string[]): Promise<Ran> {
  class FakeOpen extends AddonsOpen {
    static override id = "addons open";
    protected override tools = () => Promise.resolve(world.tools());
    protected override print(...given: Parameters<AddonsOpen["print"]>): void {
      super.print(...given);
      const end = (): void => void process.emit("SIGINT");
      void Promise.resolve(onShown(given[1] as OpenedAddon)).then(end, end);
    }
  }
  const command: { run(argv: string[], root: string): Promise<unknown> } = FakeOpen;
  const { stdout, stderr, error } = await captureOutput(() =>
    command.run(["--dir", world.world.folder, ...argv], ROOT),
  );
  return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
}

describe("addons open", () => {
  it("tells the address, leads to the pod, changes nothing, and leaves no connection after Ctrl-C", async () => {
    let address = "";
    const pages: string[] = [];
    onShown = async (opened) => {
      ({ address } = opened);
      pages.push(await (await fetch(address)).text());
    };
    const { stdout, stderr, exitCode } = await run("headlamp");
    expect([exitCode, stderr]).toEqual([130, ""]);
    expect(stdout).toMatch(/^headlamp: http:\/\/127\.0\.0\.1:\d+\/\nCtrl-C ends it\.\n$/);
    expect(pages).toEqual(["the dashboard"]);
    expect(world.changes).toEqual([]);
    await expect(fetch(address)).rejects.toThrow();
  });

  it("-o json prints the documented document alone", async () => {
    const { stdout, exitCode } = await run("headlamp", "-o", "json");
    expect(exitCode).toBe(130);
    expect(differences(JSON.parse(stdout) as Record<string, unknown>, documented("`addons open -o json`"))).toEqual([]);
  });

  it("leads to the port of the Service that the catalogue names, whatever comes first", async () => {
    const found = world.objects.get(SERVICE);
    const spec = found?.["spec"] as { ports: unknown[] };
    spec.ports.unshift({ port: 9090, targetPort: "metrics" });
    let page = "";
    onShown = async ({ address }) => (page = await (await fetch(address)).text());
    await run("headlamp");
    expect(page).toBe("the dashboard");
  });

  it.each([
    [["headlamb"], 2, "no add-on is called headlamb; did you mean headlamp?"],
    [["canal"], 2, "canal has no pages to open"],
    [["heapster"], 2, "heapster is not enabled"],
    [["headlamp", "--insecure-listen", "example.com"], 2, "this is no IP address"],
    [["headlamp", "--insecure-listen", "192.0.2.77"], 3, "this computer has no such address"],
  ])("%s: exit %i, %s", async (argv, code, words) => {
    const { stdout, stderr, exitCode } = await run(...argv);
    expect([exitCode, stdout]).toEqual([code, ""]);
    expect(stderr).toContain(words);
  });

  it("waits for a pod, and tells why none is ready when its patience has ended", async () => {
    world.has("headlamp", false);
    const { stderr, exitCode } = await run("headlamp");
    expect(exitCode).toBe(5);
    expect(stderr).toContain("no pod of Service kube-system/headlamp is ready");
    expect(stderr).toContain("alpine-k8s addons status headlamp");
  });
});
