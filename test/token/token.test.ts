import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { generateToken, parseToken } from "../../src/model/token/token.js";

describe("generateToken", () => {
  it("makes tokens of kubeadm's form that differ and use the whole alphabet", () => {
    const tokens = Array.from({ length: 500 }, () => generateToken());
    for (const token of tokens) expect(token).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    expect(new Set(tokens).size).toBe(500);
    expect(new Set(tokens.join("").replaceAll(".", "")).size).toBe(36);
  });

  it("makes tokens that parseToken takes", () => {
    const token = generateToken();
    expect(parseToken(`${token}\n`, "cluster-token")).toBe(token);
    expect(parseToken(`${token}\r\n`, "cluster-token")).toBe(token);
    expect(parseToken(token, "cluster-token")).toBe(token);
  });
});

describe("parseToken refuses", () => {
  const secret = "abcdef.0123456789abcdef";
  it.each([
    ["an empty file", "", "it is empty"],
    ["only a line end", "\n", "it is empty"],
    ["a cut token", "abcdef.0123", "it has 11 characters, a token has 23"],
    ["capitals", secret.toUpperCase(), "a token has small letters only"],
    [
      "another separator",
      secret.replace(".", "-"),
      "a token is six and sixteen characters of a-z and 0-9 with a dot between them",
    ],
    ["two lines", `${secret}\n${secret}\n`, "it has more than one line"],
    ["blanks", ` ${secret}`, "there are blanks around the token"],
    ["a shell command", "$(rm -rf /)            ", "there are blanks around the token"],
  ])("%s", (_name, text, why) => {
    const error = caught(() => parseToken(text, "cluster-token"));
    expect(error.message).toBe(`cluster-token does not hold a cluster token: ${why}`);
    expect(error.kind).toBe("usage");
    expect(error.hints.join("\n")).toContain("delete it to get a new token");
    if (text.trim() !== "") expect(JSON.stringify([error.message, error.hints])).not.toContain(text.trim().slice(0, 8));
  });
});

function caught(action: () => unknown): AlpineK8sError {
  try {
    action();
  } catch (error) {
    if (error instanceof AlpineK8sError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
