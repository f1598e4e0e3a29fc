import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type NodeCondition, parseFacts } from "../../src/alpine/facts.js";
import {
  canRepair,
  nodeFindings,
  NODE_IDS,
  noAnswer,
  notSeen,
  type SeenNode,
} from "../../src/operations/doctor/node-findings.js";
import type { Finding } from "../../src/operations/doctor/run-checks.js";
import { createClusterCa } from "../../src/pki/ca.js";
import { issue } from "../pki/issue.js";
import { verdict } from "./subject.js";

const DOCS = join(import.meta.dirname, "../../docs");

function seen(conditions: readonly string[], parts: Partial<SeenNode> = {}, state = "finished"): SeenNode {
  const text = [
    `fact state ${state}`,
    "fact os 3.24.1",
    "fact arch x86_64",
    ...conditions.map((one) => `condition ${one}`),
  ];
  return {
    ...{ fqdn: "minion1.example.com", name: "minion1", facts: parseFacts(text.join("\n")) },
    ...{ clockOffset: 0, stepsClock: true, become: "", now: Date.parse("2026-11-20"), ...parts },
  };
}

function one(id: string, node: SeenNode): Finding {
  const found = nodeFindings(node).find((finding) => finding.id === id);
  if (!found) throw new Error(`no finding ${id}`);
  return found;
}

/** A certificate that ends in so many days and an hour, as a node tells it. */
async function certificate(days: number): Promise<string> {
  const notAfter = new Date(Date.now() + (days * 24 + 1) * 3600_000);
  const made = await issue(await createClusterCa({ name: "demo" }), { subject: "CN=demo", notAfter });
  return made.certificate.replaceAll(/-----.*-----|\s/g, "");
}

describe("the findings on a node", () => {
  const conditions = readFileSync(join(DOCS, "node-scripts.md"), "utf8").split("## Conditions")[1] ?? "";
  const ids = [...conditions.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id = ""]) => id);

  it("know every condition of docs/node-scripts.md, in its order", () => {
    const own = NODE_IDS.filter(
      (id) => !["reach", "alpine-support", "owner", "kubelet", "api", "certificates"].includes(id),
    );
    expect([...own].sort()).toEqual([...ids].sort());
    expect(own.filter((id) => id !== "clock")).toEqual(ids.filter((id) => id !== "clock"));
  });

  it.each(ids.filter((id) => id !== "clock"))("tell %s unmet and met, each with one command", (id) => {
    const unmet = one(id, seen([`${id} fatal unmet seen this`]));
    expect(unmet).toMatchObject({ on: "minion1.example.com", state: "failed", weight: "error", evidence: "seen this" });
    expect(unmet.command).toMatch(/^alpine-k8s (doctor --fix|ssh minion1 -- \S.*)$/);
    expect(verdict(one(id, seen([`${id} warning unmet seen this`])))).toBe("failed warning");
    expect(verdict(one(id, seen([`${id} fatal ok`])))).toBe("ok");
    expect(verdict(one(id, seen([`${id} fatal skipped`])))).toBe("skipped");
  });

  it("have commands that get root's rights where the login has them not", () => {
    const commands = (become: string): (string | null)[] => [
      one("clock", seen([], { become, clockOffset: 99, stepsClock: false })).command,
      one("product-uuid", seen(["product-uuid fatal unmet taken"], { become })).command,
    ];
    expect(commands("sudo")).toEqual([
      "alpine-k8s ssh minion1 -- sudo chronyc makestep",
      "alpine-k8s ssh minion1 -- sudo cat /sys/class/dmi/id/product_uuid",
    ]);
    expect(commands("")[0]).toBe("alpine-k8s ssh minion1 -- chronyc makestep");
  });

  it.each([
    ["inotify warning", "192536 watches, 128 instances", "sysctl -w fs.inotify.max_user_watches=524288", ""],
    ["modules fatal", "the kernel lacks: overlay", "modprobe -a overlay", ""],
    ["swap fatal", "swap is on: sda2", "swapoff -a", "; /etc/fstab turns it on"],
  ])(
    "name the command for the computer under a container, which --fix cannot change: %s",
    (what, why, command, more) => {
      const place = "; this node is a container (docker): on the computer that it runs on";
      const node = seen([`${what} unmet ${why}${place}, type: ${command}${more}`]);
      const [id = ""] = what.split(" ");
      expect(one(id, node)).toMatchObject({ state: "failed", evidence: `${why}${place}${more}`, command });
      expect(canRepair(node)).toBe(false);
    },
  );

  it("tell that it answers, and whose it is", () => {
    expect(one("reach", seen([]))).toMatchObject({ state: "ok", evidence: "answers; Alpine 3.24.1, x86_64" });
    expect(one("owner", seen([])).evidence).toBe("set up for this cluster");
    expect(one("owner", seen([], {}, "clean")).evidence).toBe("not set up yet");
    expect(verdict(one("owner", seen([], {}, "foreign")))).toBe("failed error");
  });

  it.each([
    ["3.24.1", "2026-11-20", "ok", "Alpine 3.24.1 gets fixes until 2028-06-01"],
    ["3.22.5", "2027-03-01", "failed warning", "Alpine 3.22.5 gets fixes for 61 more days, until 2027-05-01"],
    ["3.21.7", "2026-11-20", "failed warning", "Alpine 3.21.7 has had no fixes since 2026-11-01"],
    ["3.99.0", "2026-11-20", "skipped", "until when Alpine 3.99.0 gets fixes is not known here"],
    ["unknown", "2026-11-20", "skipped", "until when Alpine unknown gets fixes is not known here"],
  ])("tell whether Alpine %s gets fixes on %s", (os, day, expected, evidence) => {
    const node = seen([], { now: Date.parse(day) });
    const found = one("alpine-support", { ...node, facts: { ...node.facts, os } });
    const command = expected === "failed warning" ? "alpine-k8s versions" : null;
    expect([verdict(found), found.evidence, found.command]).toEqual([expected, evidence, command]);
  });

  it.each([
    [1.4, true, "ok", null],
    [-2, true, "failed error", "alpine-k8s doctor --fix"],
    [1.4, false, "ok", null],
    [20, false, "failed warning", "alpine-k8s ssh minion1 -- chronyc makestep"],
    [-31, false, "failed error", "alpine-k8s ssh minion1 -- chronyc makestep"],
  ])("tell the clock %d s off, ours to step: %s", (clockOffset, stepsClock, expected, command) => {
    const found = one("clock", seen(["clock fatal skipped"], { clockOffset, stepsClock }));
    expect({ verdict: verdict(found), command: found.command }).toEqual({ verdict: expected, command });
    expect(nodeFindings(seen(["clock fatal skipped"])).filter(({ id }) => id === "clock")).toHaveLength(1);
  });

  const runs = (...facts: string[]): SeenNode => {
    const text = ["fact state finished", ...facts.map((fact) => `fact ${fact}`)].join("\n");
    return { ...seen([]), facts: parseFacts(text) };
  };

  it.each([
    [runs("kubelet_service started", "kubelet_healthz ok"), "ok", "healthy", null],
    [
      runs("kubelet_service crashed", "kubelet_healthz not running"),
      ...["failed error", "its service is crashed", "alpine-k8s doctor --fix"],
    ],
    [
      runs("kubelet_service started", "kubelet_healthz no answer"),
      "failed error",
      "its service is started, but its health port says: no answer",
      "alpine-k8s ssh minion1 -- killall -9 kubelet",
    ],
    [seen([], {}, "started"), "skipped", "the node is not set up", null],
  ] as const)("tell whether the kubelet is healthy", (node, expected, evidence, command) => {
    const found = one("kubelet", node);
    expect([verdict(found), found.evidence, found.command]).toEqual([expected, evidence, command]);
  });

  it.each([
    [runs("api ok"), "ok", null],
    [runs("api down"), "failed error", "alpine-k8s ssh minion1 -- crictl ps -a"],
    [runs("api none"), "skipped", null],
    [seen([], {}, "started"), "skipped", null],
  ] as const)("tell whether a master's API is ready", (node, expected, command) => {
    const found = one("api", node);
    expect([verdict(found), found.command]).toEqual([expected, command]);
  });

  it("take what up will make so on a machine that is not set up yet for no fault", () => {
    const clean = (condition: string): SeenNode => seen([`${condition} fatal unmet not yet`], {}, "clean");
    expect(one("sysctls", clean("sysctls"))).toMatchObject({
      ...{ state: "skipped", evidence: "alpine-k8s up sees to it: not yet", command: null },
    });
    expect(verdict(one("memory", clean("memory")))).toBe("failed error");
    expect(canRepair(clean("sysctls"))).toBe(false);
  });

  it("tell certificates that end soon, have ended, or cannot be read", async () => {
    const told = async (...days: number[]): Promise<string> =>
      (
        await Promise.all(
          days.map(async (one) => `certificate /etc/kubernetes/pki/${one}.crt ${await certificate(one)}`),
        )
      )
        .map((fact) => `fact ${fact}`)
        .join("\n");
    const found = (facts: string): Finding =>
      one("certificates", { ...seen([]), facts: parseFacts(`fact state finished\n${facts}`) });
    expect(verdict(found(await told(300)))).toBe("ok");
    expect(found(await told(300, 20))).toMatchObject({
      ...{ weight: "warning", evidence: "/etc/kubernetes/pki/20.crt has 20 days left" },
      command: "alpine-k8s certs status",
    });
    expect(found((await told(-3)).replace("-3.crt", "apiserver.crt"))).toMatchObject({
      ...{ weight: "error", evidence: "/etc/kubernetes/pki/apiserver.crt has expired" },
      command: "alpine-k8s certs renew",
    });
    expect(found("fact certificate /etc/kubernetes/admin.conf none")).toMatchObject({
      ...{ weight: "error", evidence: "/etc/kubernetes/admin.conf cannot be read" },
    });
    expect(verdict(one("certificates", seen([], {}, "clean")))).toBe("skipped");
  });

  it("tell a kubelet that shows a certificate which nobody can verify", async () => {
    const end = new Date(Date.now() + 90 * 86_400_000);
    const { certificate: own } = await issue(await createClusterCa({ name: "minion1-ca" }), {
      ...{ subject: "CN=minion1", notAfter: end },
    });
    const body = own.replace(/-----[^-]+-----|\s/g, "");
    const facts = parseFacts(`fact state finished\nfact certificate /var/lib/kubelet/pki/kubelet.crt ${body}\n`);
    expect(one("certificates", { ...seen([]), facts })).toMatchObject({
      evidence: "its kubelet shows a certificate of its own making, so that metrics-server gets no figures of it",
      ...{ weight: "warning", command: "alpine-k8s up" },
    });
  });

  it("skip a machine that is off, and fail one that should answer", () => {
    expect(verdict(notSeen("minion1.example.com", "the machine is halted"))).toBe("skipped");
    expect(noAnswer("minion1.example.com", "does not answer")).toMatchObject({
      ...{ id: "reach", state: "failed", weight: "error", command: "alpine-k8s status --verbose" },
    });
  });
});

describe("what --fix repairs on a node", () => {
  const unmet = (id: string): NodeCondition["id"] => `${id} fatal unmet why`;

  it.each<[string, SeenNode, boolean]>([
    ["a condition that shared.sh makes so", seen([unmet("sysctls")]), true],
    ["one that it cannot", seen([unmet("memory")]), false],
    ["a clock of ours", seen([], { clockOffset: 9 }), true],
    ["a clock of others", seen([], { clockOffset: 9, stepsClock: false }), false],
    ["a foreign machine", seen([unmet("sysctls")], {}, "foreign"), false],
    ["nothing", seen(["sysctls fatal ok"]), false],
  ])("%s", (_name, node, expected) => {
    expect(canRepair(node)).toBe(expected);
  });
});
