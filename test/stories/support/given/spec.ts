import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { homedir } from "node:os";
import { Document, isMap, parse, stringify } from "yaml";
import { messageOf } from "../../../../src/base/errors.js";
import type { ClusterSpec, HostEntry } from "../../../../src/model/spec/cluster-spec.js";
import { parseSpec } from "../../../../src/model/spec/parse-spec.js";
import { specDocument } from "../../../../src/model/spec/spec-document.js";
import type { Login } from "../machines.js";
import { refusal } from "./refusal.js";

/** The spec with the machines, with absolute paths of files. Throws `usage` if it is not for `provider: hosts`. */
export function readGivenSpec(file: string): ClusterSpec {
  const folder = dirname(file);
  const spec = parseSpec({ text: textOf(file), source: file, folderName: basename(folder), overrides: {} });
  if (spec.provider !== "hosts")
    throw refusal(
      "usage",
      `${file}: the provider is ${spec.provider}; stories run on machines that exist`,
      "give a spec with provider: hosts and the machines that may be destroyed; docs/given-machines.md",
    );
  return {
    ...spec,
    hosts: spec.hosts.map((host) => withAbsoluteKey(host, folder)),
    addons: spec.addons.map((addon) => {
      const { manifest } = addon;
      return manifest === undefined || manifest.includes("://")
        ? addon
        : { ...addon, manifest: resolve(folder, manifest) };
    }),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw refusal("usage", `the spec cannot be read: ${messageOf(error)}`, "npm run stories -- --help");
  }
}

function withAbsoluteKey(host: HostEntry, folder: string): HostEntry {
  const { identityFile } = host;
  if (identityFile === undefined) return host;
  return { ...host, identityFile: resolve(folder, identityFile.replace(/^~(?=\/)/, homedir())) };
}

/**
 * The spec of a story's cluster: the given spec with this name, these machines, and `more` lines, which take
 * precedence.
 */
export function storySpec(given: ClusterSpec, name: string, logins: readonly Login[], more = ""): string {
  const document = specDocument({ ...given, name, hosts: [] }) as { readonly spec: Readonly<Record<string, unknown>> };
  const rest = Object.fromEntries(Object.entries(document.spec).filter(([key]) => key !== "hosts"));
  const head = stringify({ ...document, spec: { ...rest, ...(parse(more) as object | null) } });
  return `${head}  hosts:\n${logins.map((login) => `    - ${hostLine(login)}\n`).join("")}`;
}

/** A machine's entry in a spec, on one line. */
export function hostLine({ key, ...rest }: Login): string {
  const line = new Document({ ...rest, identityFile: key }, { keepUndefined: false });
  if (isMap(line.contents)) line.contents.flow = true;
  return line.toString({ lineWidth: 0 }).trim();
}
