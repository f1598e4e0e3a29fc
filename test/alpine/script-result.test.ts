import { describe, expect, it } from "vitest";
import { parseScriptResult, scriptFailure } from "../../src/alpine/script-result.js";

const line = (failed: string[]): string =>
  `noise\n@alpine-k8s ${JSON.stringify({ script: "shared", changed: ["swap"], present: [], warnings: [], failed })}\n`;

describe("result of a node script", () => {
  it("is its last result line", () => {
    const output = `${line(["old: one"])}${line([])}`;
    expect(parseScriptResult(output)).toMatchObject({ script: "shared", changed: ["swap"], failed: [] });
  });

  it("shows no secret of a repository's URL", () => {
    const url = "https://ann:s3cret@mirror.example.com/v3.24/main?token=s3cret";
    expect(parseScriptResult(line([`packages: ${url}: not found`]))?.failed).toEqual([
      "packages: https://***@mirror.example.com/v3.24/main?token=***: not found",
    ]);
  });

  it.each(["", "@alpine-k8s {not json", "almost @alpine-k8s {}"])("is nothing for %j", (output) => {
    expect(parseScriptResult(output)).toBeUndefined();
  });
});

describe("a result line that is not what it should be", () => {
  it.each(['{"warnings":5}', '{"warnings":{}}', '{"failed":[{"toString":5},null,"swap"]}', "[]", "5", "null"])(
    "says nothing that is no list of texts: %s",
    (document) => {
      const stdout = `@alpine-k8s ${document}\n`;
      const result = parseScriptResult(stdout) ?? { warnings: [], failed: [] };
      expect([...result.warnings, ...result.failed].every((text) => typeof text === "string")).toBe(true);
      const error = scriptFailure("minion1", "shared.sh", { exitCode: 10, stdout, stderr: "" });
      const why = document.includes("swap") ? ": swap" : "";
      expect(error.message).toBe(`minion1: the node is not fit for Kubernetes${why}`);
    },
  );
});

describe("failure of a node script", () => {
  it.each([
    [10, "node", "the node is not fit for Kubernetes: memory: 400 MiB of 1700"],
    [11, "conflict", "the node belongs to another cluster and was left alone"],
    [12, "node", "a package is missing and could not be installed"],
    [13, "node", "kubeadm failed"],
    [14, "timeout", "the API server did not answer in time"],
    [15, "conflict", "the node carries another Kubernetes version than the cluster"],
    [16, "unhealthy", "the node is set up but not healthy; nothing was reset"],
    [17, "unhealthy", "the kubelet does not come up"],
    [18, "node", "the network manifest was refused by the API"],
    [99, "node", "shared.sh ended with exit code 99"],
  ])("with exit code %i is of kind %s and says why", (exitCode, kind, words) => {
    const stdout = exitCode === 10 ? line(["memory: 400 MiB of 1700"]) : "";
    const error = scriptFailure("minion2", "shared.sh", { exitCode, stdout, stderr: "the last words\n" });
    expect(error.kind).toBe(kind);
    expect(error.node).toBe("minion2");
    expect(error.message).toBe(`minion2: ${words}\n  the last words`);
    expect(error.hints.length).toBeGreaterThan(0);
  });
});
