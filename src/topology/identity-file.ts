import { parse, stringify } from "yaml";
import { AlpineK8sError, messageOf } from "../errors.js";
import type { Identity } from "./topology.js";

const VERSION = "alpine-k8s/identity/v1";

const HEADER = `# What must not change while machines of this cluster exist. Made by alpine-k8s; do not edit.
`;

type Key = keyof Identity;
const REQUIRED: readonly Key[] = [
  "name",
  "domain",
  "provider",
  "kubernetesVersion",
  "podSubnet",
  "serviceSubnet",
  "dnsDomain",
  "endpointName",
  "caHash",
  "folderId",
];
const OPTIONAL: readonly Key[] = ["vagrantProvider", "network", "box"];

/** The text of identity.yaml. */
export function formatIdentity(identity: Identity): string {
  return HEADER + stringify({ version: VERSION, ...identity });
}

/**
 * Reads identity.yaml. A damaged file, or one of a newer alpine-k8s, is refused (kind `usage`) with the remedy: it is
 * never replaced, because the machines that exist depend on it.
 */
export function parseIdentity(text: string, file: string): Identity {
  const fields = fieldsOf(text, file);
  if (fields["version"] !== VERSION) {
    throw damaged(file, `its version is ${JSON.stringify(fields["version"])}, this alpine-k8s reads ${VERSION}`);
  }
  const wrong = [
    ...REQUIRED.filter((key) => typeof fields[key] !== "string" || fields[key] === ""),
    ...OPTIONAL.filter((key) => fields[key] !== undefined && typeof fields[key] !== "string"),
  ];
  if (wrong.length > 0) throw damaged(file, `no usable ${wrong.join(", ")} in it`);
  if (fields["provider"] !== "vagrant" && fields["provider"] !== "hosts") {
    throw damaged(file, `its provider is ${JSON.stringify(fields["provider"])}`);
  }
  const known = [...REQUIRED, ...OPTIONAL].filter((key) => fields[key] !== undefined);
  return Object.fromEntries(known.map((key) => [key, fields[key]])) as unknown as Identity;
}

function fieldsOf(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Record<string, unknown>;
    }
  } catch (error) {
    throw damaged(file, messageOf(error).split("\n")[0] ?? "");
  }
  throw damaged(file, "it is no list of names and values");
}

function damaged(file: string, why: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${file} cannot be used: ${why}`, {
    hints: ["put it back from a backup", "or, if no machine of this cluster exists any more, remove .alpine-k8s and run: alpine-k8s up"],
  });
}
