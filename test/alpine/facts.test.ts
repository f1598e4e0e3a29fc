import { describe, expect, it } from "vitest";
import { parseConditions, parseFacts, unmetConditions } from "../../src/alpine/facts.js";

const OUTPUT = `fact os 3.24.0
fact arch x86_64
fact cpus 2
fact memory_kib 2040000
fact uptime 77.05
fact clock 1800000000.25
fact container docker
fact machine_id 0123456789abcdef0123456789abcdef
fact product_uuid none
fact kubeadm v1.36.1
fact kubelet v1.36.1
fact kubelet_service started
fact kubelet_healthz ok
fact role minion
fact state finished
fact api none
fact notice first line
fact notice second line
condition address fatal ok
condition resolv-conf warning unmet only a loopback name server
condition sysctls fatal unmet net.ipv4.ip_forward is 0
@alpine-k8s {"script":"shared","changed":[],"present":[],"warnings":[],"failed":[]}
`;

describe("facts of a node", () => {
  it("are read from the lines of shared.sh in check mode", () => {
    const facts = parseFacts(OUTPUT);
    expect(facts).toMatchObject({
      os: "3.24.0",
      arch: "x86_64",
      cpus: 2,
      clock: 1800000000.25,
      uptime: 77.05,
      container: "docker",
      productUuid: undefined,
      role: "minion",
      state: "finished",
      api: "none",
      notices: ["first line", "second line"],
    });
  });

  it("name the conditions that do not hold, with their reasons", () => {
    expect(unmetConditions(parseFacts(OUTPUT)).map(({ id, weight, reason }) => `${id} ${weight} ${reason}`)).toEqual([
      "resolv-conf warning only a loopback name server",
      "sysctls fatal net.ipv4.ip_forward is 0",
    ]);
  });

  it.each([
    ["", "none given"],
    ["fact state sleepy\n", "sleepy"],
  ])("are refused without a known state: %j", (output, word) => {
    expect(() => parseFacts(output)).toThrow(`no known state (${word})`);
  });

  it("ignore lines that only look like conditions", () => {
    expect(parseConditions("condition x maybe ok\nxcondition y fatal ok\n")).toEqual([]);
  });
});

describe("a number that is none", () => {
  it.each(["abc", "NaN", "Infinity", "1e999", "0x"])("%s counts as not told", (text) => {
    const facts = parseFacts(`fact state clean\nfact clock ${text}\nfact cpus ${text}\nfact uptime 5\n`);
    expect([facts.clock, facts.cpus, facts.uptime]).toEqual([undefined, 0, 5]);
  });
});

it("facts and conditions of endless words are cut", () => {
  const long = "x".repeat(5000);
  const cut = `${"x".repeat(2000)}…`;
  const facts = parseFacts(
    `fact state clean\nfact os ${long}\nfact notice ${long}\ncondition swap fatal unmet ${long}\n`,
  );
  expect([facts.os, facts.notices, facts.conditions.map(({ reason }) => reason)]).toEqual([cut, [cut], [cut]]);
});
