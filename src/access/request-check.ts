import { randomBytes } from "node:crypto";
import { AlpineK8sError } from "../base/errors.js";
import { shellWord } from "../base/quote.js";
import { subjectOf } from "./objects.js";

/** The random part of a new token or certificate: 64 bits, which nobody guesses and which do not come twice. */
export function newIssue(): string {
  return randomBytes(8).toString("hex");
}

/**
 * The issue of a request that a colleague has made: it stands in the name of its group. Throws `usage` unless the names
 * are exactly those of this user, with the line that makes a right one; also for an issue in `spent`, because an old
 * certificate would work again with it.
 */
export function issueIn(
  names: readonly (readonly [string, string])[] | undefined,
  { user, file, spent }: { readonly user: string; readonly file: string; readonly spent: readonly string[] },
): string {
  if (names === undefined) throw refused(user, `${file} is no request for a certificate in PEM`);
  const of = (type: string): readonly string[] => names.filter(([one]) => one === type).map(([, name]) => name);
  const [group = ""] = of("O");
  const issue = group.split(":").at(-1) ?? "";
  const { name } = subjectOf(user, issue);
  const fits = names.length === 2 && of("CN").join() === name && group === subjectOf(user, issue).group;
  if (!fits || !/^[0-9a-f]{16}$/.test(issue)) {
    const shown = names.map(([type, one]) => `${type}=${one}`).join(", ");
    throw refused(user, `the names in ${file} do not fit: ${shown.slice(0, 200) || "it has none"}`);
  }
  if (!spent.includes(issue)) return issue;
  throw refused(user, `${file} was used before, and a certificate of then would work again`);
}

/** The line that makes a request that fits. */
export function requestLine(user: string, issue = newIssue()): string {
  const { name, group } = subjectOf(user, issue);
  return [
    "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
    `-keyout ${user}.key -out ${user}.csr -subj ${shellWord(`/O=${group}/CN=${name}`)}`,
  ].join(" ");
}

function refused(user: string, why: string): AlpineK8sError {
  return new AlpineK8sError("usage", why, { hints: [`on the colleague's computer: ${requestLine(user)}`] });
}
