import { isDeepStrictEqual } from "node:util";
import { describe, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { AlpineK8sError } from "../../src/base/errors.js";
import { printable } from "../../src/base/printable.js";
import { initConfig, joinConfig } from "../../src/model/kubeadm/documents.js";
import type { ClusterSpec } from "../../src/model/spec/cluster-spec.js";
import { readSpecText, parseSpec, type ReadSpec } from "../../src/model/spec/parse-spec.js";
import { carriesLogin } from "../../src/model/spec/proxy-password.js";
import { specDocument, withoutSecrets } from "../../src/model/spec/spec-document.js";
import { writeYaml } from "../../src/model/spec/yaml-text.js";
import { buildTopology } from "../../src/model/topology/build-topology.js";
import { resolveIdentity } from "../../src/model/topology/resolve-identity.js";
import { anySpecText, SECRET, specWithSecrets } from "./any-spec.js";
import { forAll } from "./cases.js";

const input = (text: string) => ({ text, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });

/** The refusal's message; empty for a valid spec. Anything but a refusal is thrown on. */
function refusal(text: string): string {
  try {
    parseSpec(input(text));
    return "";
  } catch (error) {
    if (error instanceof AlpineK8sError && error.kind === "usage") return error.message;
    throw error;
  }
}

function wrongProblem(text: string, { problems }: ReadSpec): string | undefined {
  const lines = text.split("\n");
  for (const { position, key, what } of problems) {
    const line = position === undefined ? "" : lines[position.line - 1];
    if (line === undefined || (position?.column ?? 1) > line.length + 1)
      return `${key}: no such place: ${JSON.stringify(position)}`;
    if (printable(what + key) !== what + key || what === "")
      return `${key}: it acts on the screen: ${JSON.stringify(what)}`;
    if (what.length > 2000 || key.length > 2000) return `${key.slice(0, 80)}: the reason has no end`;
  }
  return undefined;
}

function wrongRefusal(text: string): string | undefined {
  const read = readSpecText(input(text));
  const message = refusal(text);
  if ((read.spec === undefined) !== (message !== "")) return "readSpecText and parseSpec do not agree";
  if (message.includes(SECRET) || JSON.stringify(read.problems).includes(SECRET)) return `a secret is told: ${message}`;
  return wrongProblem(text, read) ?? (read.spec === undefined ? undefined : wrongRendering(read.spec));
}

/** What is wrong with the documents that are made of a valid spec. */
function wrongRendering(spec: ClusterSpec): string | undefined {
  const document = specDocument(spec);
  const again = parseSpec(input(writeYaml(document)));
  if (!isDeepStrictEqual(again, spec)) return "written with every value it is another spec";
  const shown = writeYaml(withoutSecrets(document));
  if (shown.includes(SECRET)) return `a secret is shown: ${shown}`;
  if (refusal(shown) !== "") return `without secrets it is refused: ${refusal(shown)}`;
  for (const proxy of [spec.proxy.http, spec.proxy.https])
    if (proxy.includes(SECRET) && !carriesLogin(proxy)) return `the proxy ${proxy} would stand in the Vagrantfile`;
  return wrongForKubeadm(spec);
}

function wrongForKubeadm(spec: ClusterSpec): string | undefined {
  const found = {
    caHash: `sha256:${"ab".repeat(32)}`,
    folderId: "0123abcd",
    vagrantProvider: "libvirt" as const,
    kubernetesVersion: "v1.36.1",
  };
  const topology = buildTopology(spec, resolveIdentity(spec, found));
  for (const [index, node] of [...topology.nodes].slice(0, 2).entries()) {
    const text = index === 0 ? initConfig({ topology, node, spec }) : joinConfig({ topology, node, spec });
    const documents = parseAllDocuments(text, { version: "1.1" });
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0))
      return `kubeadm could not read: ${text}`;
  }
  return undefined;
}

describe("any spec", () => {
  it("is refused without its secrets and at a place in the file, or written so that it is read again", async () => {
    await forAll(specWithSecrets, ({ text }) => wrongRefusal(text));
  });

  it("of any text is refused in words, or read", async () => {
    await forAll(anySpecText, ({ text }) => wrongRefusal(text));
  });
});
