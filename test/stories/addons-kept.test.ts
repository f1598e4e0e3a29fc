import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, startBench, startInBench } from "./support/bench.js";
import { benchMachines } from "./support/bench-machines.js";
import { hostsSpec, lines, TestCluster } from "./support/cluster.js";
import type { Machines } from "./support/machines.js";
import { expectDone, ROOT, waitFor, type Outcome, type Running } from "./support/programs.js";
import { RELEASES, serveShop, sourceOf, writeCatalogue } from "./support/shop.js";

// An add-on of a catalogue of one's own over its life: fetched, enabled, upgraded, cut off, changed by others, put back,
// opened and taken away; what a user has in its namespace stays as it is.
const cluster = new TestCluster("addons-kept");
let machines: Machines;
let maker: Running;

beforeAll(async () => {
  await startBench();
  machines = await benchMachines("addons-kept", { masters: 1, minions: 1 });
  await cluster.reset(hostsSpec("addons-kept", machines.logins, "  catalogues: [{ folder: my-addons }]\n"));
  await writeCatalogue(join(cluster.folder, "my-addons"));
  maker = await serveShop();
  expectDone(await cluster.run("up"));
});

afterAll(async () => {
  maker.child.kill();
  await machines.end();
});

const inShop = (...words: string[]): Promise<Outcome> => cluster.kubectl("-n", "shop", ...words);

/** What is in the shop's namespace, of the kinds that it brings, with uids. */
async function objects(): Promise<Record<string, string>> {
  const format = 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{"\\n"}{end}';
  const { stdout } = await inShop("get", "configmaps,services,serviceaccounts,deployments", "-o", format);
  const all = lines(stdout).map((line) => line.split(" ") as [string, string]);
  return Object.fromEntries(all.filter(([name]) => !/kube-root-ca|\/default$/.test(name)));
}

const field = async (path: string, ...object: string[]): Promise<string> =>
  (await inShop("get", ...object, "-o", `jsonpath={${path}}`)).stdout;

/** The objects that the cluster has noted for the shop. */
const inventory = async (): Promise<string[]> =>
  lines(
    (
      await cluster.kubectl(
        "-n",
        "kube-system",
        "get",
        "configmap",
        "alpine-k8s-addon-shop",
        "-o",
        "jsonpath={.data.objects}",
      )
    ).stdout,
  );

const INVENTORY = [
  "v1 Namespace - shop",
  "v1 ServiceAccount shop shop",
  "v1 ConfigMap shop prices",
  "v1 Service shop shop",
  "apps/v1 Deployment shop shop",
];

/** `up` has nothing to put back or apply. */
async function expectNothingToDo(): Promise<void> {
  const plan = await cluster.run("up", "--dry-run");
  expect(plan.stdout + plan.stderr).not.toMatch(/put back|apply/);
  const again = await cluster.run("up");
  expectDone(again);
  expect(again.stderr).toContain("Apply add-ons: nothing to do, applied already");
  expect(again.stdout + again.stderr).not.toContain("put back");
}

describe("an add-on of a catalogue of one's own", () => {
  it("is fetched as its makers have it", async () => {
    const folder = join(cluster.folder, "fetched");
    // Its --dir is where they go; the cluster is that of the current folder.
    const fetch = `cd ${cluster.folder} && exec node ${ROOT}/bin/run.js addons fetch shop --dir fetched`;
    expectDone(await inBench("sh", "-c", fetch));
    expect(await readdir(folder)).toEqual(["shop-v2.0.0-1.yaml"]);
    expect(await readFile(join(folder, "shop-v2.0.0-1.yaml"), "utf8")).toBe(sourceOf("v2.0.0").text);
  });

  it("is enabled in an older release, which list tells", async () => {
    expectDone(await cluster.run("addons", "enable", "shop@v1.0.0"));
    expect(await field(".data.tea", "configmap", "old-prices")).toBe("2");
    const { stdout } = await cluster.run("addons", "list", "-o", "json");
    const { addons } = JSON.parse(stdout) as { addons: { name: string }[] };
    expect(addons.find(({ name }) => name === "shop")).toMatchObject({
      ...{ enabled: true, runs: "v1.0.0", newest: RELEASES[0], outdated: true },
    });
    await expectNothingToDo();
  });

  it("cut off in the middle of an upgrade is brought to its end by up, and nothing is there twice", async () => {
    expectDone(await inShop("create", "configmap", "mine", "--from-literal=tea=9"));
    const before = await objects();
    const program = ["node", "--import", "./test/stories/support/kill-at-apply.js", "bin/run.js"];
    // The inventory and the record go first, then the objects: the Service is not sent any more.
    const words = ["addons", "upgrade", "shop", "--dir", cluster.folder];
    const cut = await startInBench(["env", "KILL_AT_APPLY=6", ...program, ...words]).done;
    expect(cut.code).not.toBe(0);
    expect(Object.keys(await objects())).toEqual(expect.arrayContaining(["ConfigMap/old-prices", "ConfigMap/prices"]));
    expectDone(await cluster.run("up", "--wait", "addons"));
    const { "ConfigMap/old-prices": gone, ...same } = before;
    expect(gone).toBeDefined();
    const after = await objects();
    expect(after).toEqual({ ...same, "ConfigMap/prices": after["ConfigMap/prices"] });
    expect(await inventory()).toEqual(INVENTORY);
    await waitFor("one pod", async () => lines((await inShop("get", "pods", "-o", "name")).stdout).length === 1);
    expect(await field("..args", "deployment", "shop")).toContain("shop v2.0.0");
    await expectNothingToDo();
  });

  it("does not take a field from others, unless it is told to", async () => {
    const theirs = {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "shop", namespace: "shop" } },
      spec: { replicas: 2 },
    };
    const apply = [
      "apply",
      "--server-side",
      "--force-conflicts",
      "--field-manager=seller",
      "--validate=false",
      "-f",
      "-",
    ];
    const kubectl = ["kubectl", `--kubeconfig=${cluster.folder}/admin.config`, ...apply];
    expectDone(await startInBench(kubectl, JSON.stringify(theirs)).done);
    const spec = await cluster.readSpec();
    const enable = ["addons", "enable", "shop", "--set", "copies=3"];
    const refused = await cluster.run(...enable);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain("Deployment shop/shop: .spec.replicas belongs to seller");
    expect(await cluster.readSpec()).toBe(spec);
    expect(await field(".spec.replicas", "deployment", "shop")).toBe("2");
    expectDone(await cluster.run(...enable, "--force-conflicts"));
    expect(await field(".spec.replicas", "deployment", "shop")).toBe("3");
    expect(await cluster.readSpec()).toContain("copies: 3");
  });

  it("gets back what somebody deleted and changed, and leaves what is somebody's own", async () => {
    expectDone(await inShop("delete", "service,serviceaccount,configmap", "shop", "prices", "--ignore-not-found"));
    expectDone(await inShop("scale", "deployment", "shop", "--replicas=1"));
    expectDone(await inShop("annotate", "deployment", "shop", "note=mine"));
    const status = await cluster.run("addons", "status", "shop");
    expect(status.stdout).toContain("Service shop/shop");
    expect(status.stdout).toContain("Deployment shop/shop");
    const line =
      "put back of shop: ServiceAccount shop/shop (deleted), ConfigMap shop/prices (deleted), " +
      "Service shop/shop (deleted), Deployment shop/shop (changed)";
    const plan = await cluster.run("up", "--dry-run");
    expect(plan.stdout).toContain(line);
    expect((await cluster.run("up", "--dry-run", "--exit-code")).code).toBe(7);
    const outcome = await cluster.run("up", "--wait", "addons");
    expectDone(outcome);
    expect(outcome.stdout + outcome.stderr).toContain(line);
    expect(await field(".spec.replicas", "deployment", "shop")).toBe("3");
    expect(await field(".metadata.annotations.note", "deployment", "shop")).toBe("mine");
    expect(await field(".data.tea", "configmap", "mine")).toBe("9");
    expectDone(await cluster.run("addons", "status", "shop"));
    await expectNothingToDo();
  });

  it("comes back when its whole namespace was deleted", async () => {
    expectDone(await cluster.kubectl("delete", "namespace", "shop"));
    expectDone(await cluster.run("up", "--wait", "addons"));
    expect(Object.keys(await objects()).sort()).toEqual([
      ...["ConfigMap/prices", "Deployment/shop", "Service/shop", "ServiceAccount/shop"],
    ]);
    await expectNothingToDo();
  });

  it("with a condition that fails is enabled, and ends with its reason and exit 5", async () => {
    const outcome = await cluster.run("addons", "enable", "till", "--timeout", "3");
    expect(outcome.code).toBe(5);
    expect(outcome.stderr).toContain("counts: the till counts: ConfigMap kube-system/till is not Counting");
    expect(await cluster.readSpec()).toContain("till");
    expectDone(await cluster.run("addons", "disable", "till", "--yes"));
  });

  it("shows its pages until Ctrl-C, which leaves nothing", async () => {
    const open = cluster.start("addons", "open", "shop", "--print");
    await waitFor("the address", () => /http:\/\/127/.test(open.output()), 90_000);
    const [address = ""] = /http:\/\/127\.0\.0\.1:\d+\//.exec(open.output()) ?? [];
    expect((await inBench("curl", "--silent", "--max-time", "10", address)).stdout).toBe("<h1>shop v2.0.0</h1>\n");
    await cluster.signal("SIGINT");
    expect((await open.done).code).toBe(130);
    expect((await inBench("curl", "--silent", "--max-time", "5", address)).code).toBe(7);
  });

  it("goes without what others have in its namespace", async () => {
    expectDone(await inShop("create", "configmap", "mine", "--from-literal=tea=9"));
    const gone = await cluster.run("addons", "disable", "shop", "--with-data", "--yes");
    expectDone(gone);
    expect(gone.stdout + gone.stderr).toContain("Namespace shop still has ConfigMap mine");
    expect(Object.keys(await objects())).toEqual(["ConfigMap/mine"]);
  });
});
