import { describe, expect, it } from "vitest";
import { asOwnError, errorText, wantsJson } from "../../src/cli/error-report.js";
import { longestLine } from "../../src/cli/text/longest.js";
import { statusText } from "../../src/cli/text/status.js";
import { table } from "../../src/cli/text/table.js";
import { AlpineK8sError } from "../../src/base/errors.js";

describe("a table", () => {
  it("has a header in capitals, aligned columns and no trailing blanks", () => {
    const rows = [
      ["master1", "yes"],
      ["m", ""],
    ];
    expect(table(["node", "ready"], rows)).toBe("NODE     READY\nmaster1  yes\nm");
  });

  it("without rows is the header", () => {
    expect(table(["node", "ready"], [])).toBe("NODE  READY");
  });
});

describe("a status", () => {
  it("tells a reason that all conditions have once", () => {
    const conditions = ["network-available", "nodes-ready", "coredns-available"].map((id) => ({
      ...{ id, met: false, reason: "the API did not answer: etcdserver: request timed out" },
    }));
    const text = statusText({
      ...{ cluster: "demo", kubernetesVersion: "v1.36.1", provider: "hosts", healthy: false },
      ...{ nodes: [], conditions, notices: [], upWould: ["wait for nodes-ready"], newerBox: null },
    });
    expect(text.match(/etcdserver/g)).toHaveLength(1);
    expect(text).toMatch(/^coredns-available +not met +the same$/m);
  });
});

describe("an error", () => {
  it("is told as what, log and what to try", () => {
    const error = new AlpineK8sError("node", "join: minion1: refused", {
      logFile: "/l/minion1.log",
      hints: ["a", "b"],
    });
    expect(errorText(error)).toBe("Error: join: minion1: refused\nLog: /l/minion1.log\nTry:\n  a\n  b");
    expect(errorText(new AlpineK8sError("node", "refused"))).toBe("Error: refused");
  });

  it("of oclif is wrong usage on one line; its exits and ours stay what they are", () => {
    const refused = Object.assign(
      new Error("The following error occurred:\n  All of it must be given\nSee more help with --help"),
      { oclif: { exit: 2 } },
    );
    expect(asOwnError(refused, "up")).toMatchObject({
      ...{ kind: "usage", message: "All of it must be given", hints: ["alpine-k8s up --help"] },
    });
    const own = new AlpineK8sError("timeout", "late");
    expect(asOwnError(own, "up")).toBe(own);
  });

  it.each(["text", 7, null, undefined])("that is no Error (%j) is a bug with what was thrown", (thrown) => {
    expect(asOwnError(thrown, "up")).toMatchObject({ kind: "bug", message: String(thrown) });
  });
});

describe("the wish for JSON", () => {
  it.each([
    [["-o", "json"], true],
    [["--output", "json"], true],
    [["-o", "text"], false],
    [["json"], false],
    [["--", "-o", "json"], false],
    [[], false],
  ])("in %j: %s", (argv, expected) => expect(wantsJson(argv)).toBe(expected));
});

describe("the longest parts", () => {
  it("are one line: what was done where, or the step", () => {
    const longest = [
      { step: "Initialise the control plane", node: "master1", part: "kubeadm init", milliseconds: 8140 },
      { step: "Wait until the cluster is healthy", node: null, part: null, milliseconds: 3000 },
    ];
    expect(longestLine(longest)).toEqual([
      "Longest: kubeadm init on master1 8.1 s, Wait until the cluster is healthy 3.0 s.",
    ]);
    expect(longestLine([])).toEqual([]);
  });
});
