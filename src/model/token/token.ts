import { randomInt } from "node:crypto";
import { AlpineK8sError } from "../../base/errors.js";

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

/** A bootstrap token as kubeadm takes it: six and sixteen characters of `a-z0-9` with a dot between them. */
const TOKEN = /^[a-z0-9]{6}\.[a-z0-9]{16}$/;

/** A new bootstrap token from the system's CSPRNG; every character is equally likely. */
export function generateToken(): string {
  const characters = (count: number) =>
    Array.from({ length: count }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join("");
  return `${characters(6)}.${characters(16)}`;
}

/** The public half of a token. */
export function tokenId(token: string): string {
  return token.slice(0, token.indexOf("."));
}

/**
 * The token in the text of `file`; line ends after it are ignored. Throws `usage` with the remedy when the text is
 * anything else. The message says what is wrong and never repeats the text, which may be most of a secret.
 */
export function parseToken(text: string, file: string): string {
  const token = text.replace(/(?:\r?\n)+$/, "");
  if (TOKEN.test(token)) return token;
  throw new AlpineK8sError("usage", `${file} does not hold a cluster token: ${whatIsWrong(token)}`, {
    hints: [
      `restore ${file} from a backup, or delete it to get a new token: machines that joined already do not need the old one`,
      "the file was left as it is",
    ],
  });
}

function whatIsWrong(token: string): string {
  if (token.trim() === "") return "it is empty";
  if (/[\r\n]/.test(token)) return "it has more than one line";
  if (token !== token.trim()) return "there are blanks around the token";
  if (token.length !== 23) return `it has ${token.length} characters, a token has 23`;
  if (/[A-Z]/.test(token)) return "a token has small letters only";
  return "a token is six and sixteen characters of a-z and 0-9 with a dot between them";
}
