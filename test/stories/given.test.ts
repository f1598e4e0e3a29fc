import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOME, startBench, startInBench } from "./support/bench.js";
import { benchMachines, runWords } from "./support/bench-machines.js";
import { MARKER } from "./support/given/look.js";
import type { Report } from "./support/given/report.js";
import { hostLine } from "./support/given/spec.js";
import type { Machines } from "./support/machines.js";
import { PRACTICE_IMAGE } from "./support/pods.js";
import { expectDone, type Outcome, quote, ROOT } from "./support/programs.js";

// `npm run stories` itself, with containers of the bench as given machines. The spec names them like the containers,
// and has a domain that is not the default.
const FOLDER = join(HOME, "given");
const SPEC = join(FOLDER, "lab.yaml");
const MARK = `mkdir -p /etc/alpine-k8s && touch ${MARKER}`;
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await benchMachines("given", { masters: 1, minions: 2 });
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  await cp(join(ROOT, "practice/network.yaml"), join(FOLDER, "network.yaml"));
  const hosts = machines.logins.map((login) => `    - ${hostLine({ ...login, name: `given-${login.name}` })}\n`);
  await writeFile(
    SPEC,
    `apiVersion: alpine-k8s/v1
kind: Cluster
spec:
  domain: lab.test
  provider: hosts
  kubernetes: { kubeadm: { KubeProxyConfiguration: { conntrack: { maxPerCore: 0 } } } }
  addons: [{ name: canal, manifest: network.yaml }]
  hosts:
${hosts.join("")}`,
  );
  for (const login of machines.logins)
    await writeFile(join(FOLDER, `reset-given-${login.name}.sh`), await reset(login));
});
afterAll(() => machines.end());

/** A script that recreates the machine, as a snapshot would. */
async function reset(login: Machines["logins"][number]): Promise<string> {
  const publicKey = (await readFile(`${login.key}.pub`, "utf8")).trim();
  const inside = `echo ${quote(publicKey)} >>/home/vagrant/.ssh/authorized_keys; ${MARK}`;
  return `set -e
docker rm --force --volumes given-${login.name}
docker ${runWords("given", login).map(quote).join(" ")}
docker exec given-${login.name} sh -c ${quote(inside)}
`;
}

const TEMPLATES = ["--reset", "sh reset-{name}.sh", "--cut", "docker kill {name}", "--reboot", "docker restart {name}"];

function stories(...words: string[]): Promise<Outcome> {
  const command = ["node", "test/stories/given.js", "--spec", SPEC, "--image", PRACTICE_IMAGE, ...words];
  return startInBench(["env", "--unset=ALPINE_K8S_LONG", ...command]).done;
}

async function report(): Promise<Report> {
  return JSON.parse(await readFile(join(FOLDER, "stories/report.json"), "utf8")) as Report;
}

describe("stories on given machines", () => {
  it("do not begin while one machine does not say that it may be destroyed", async () => {
    for (const name of ["master1", "minion1"]) expectDone(await machines.on(name, MARK));
    const outcome = await stories(...TEMPLATES);
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toContain(`  given-minion2: ${MARKER} is not there\n`);
    expect(outcome.stderr).not.toContain("given-minion1");
    expect(outcome.stderr).toContain(`Try this: on each machine that may lose everything, as root: ${MARK}\n`);
  });

  it("nor while one cannot be reached", async () => {
    await machines.unplug("minion2");
    const outcome = await stories(...TEMPLATES);
    await machines.plug("minion2");
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toMatch(/ {2}given-minion2: no ssh connection to 10\.250\.250\.11:22: .+\n/);
    expectDone(await machines.on("minion2", MARK));
  });

  it("are not run without the commands that they need, and that is no success", async () => {
    const outcome = await stories("--only", "power");
    expect(outcome.code).toBe(3);
    expect(outcome.stdout).toContain("0 passed, 0 failed, 1 not run");
    expect((await report()).stories[0]).toMatchObject({ result: "not run", why: "it needs --cut and --reboot" });
  });

  it(
    "run and tell how it went",
    async () => {
      const outcome = await stories(...TEMPLATES, "--only", "hosts", "--only", "power", "--only", "masters");
      console.log(outcome.stdout.slice(outcome.stdout.indexOf("Stories on given machines")));
      const { versions, stories: results } = await report();
      expect(results.map(({ name, result, why }) => [name, result, why])).toEqual([
        ["hosts", "passed", undefined],
        ["power", "passed", undefined],
        ["masters", "not run", "it needs 3 masters, the spec has 1; it needs 4 machines, the spec has 3"],
      ]);
      expect(outcome.code).toBe(3);
      expect(results[0]?.leftOut).toHaveLength(2);
      expect(versions).toMatchObject({ kubernetes: "v1.20.2", kubectl: "v1.20.2" });
      expect(versions.machines.map(({ name }) => name)).toEqual(["given-master1", "given-minion1", "given-minion2"]);
      for (const { kernel, os, runtime, kubernetes } of versions.machines) {
        expect(runtime).toMatch(/^containerd \S*1\.6/);
        expect([kernel, os]).not.toContain("");
        expect(kubernetes).toBe("v1.20.2");
      }
      const page = await readFile(join(FOLDER, "stories/report.md"), "utf8");
      expect(page).toContain("| masters | not run |");
    },
    40 * 60_000,
  );
});
