import { describe, expect, it } from "vitest";
import { printable, printableJson } from "../../src/base/printable.js";

/** A title, a cleared screen, a return to the line's begin, C1's CSI, DEL, and marks that turn the direction. */
const HOSTILE = "a\u001b]0;pwned\u0007b\u001b[2Jc\rd\u009b1Ae\u007ff\u202eg\u2066h\u200fi\u061cj";

describe("text for a screen", () => {
  it("has no character that acts on it; line ends, tabs and other scripts stay", () => {
    expect(printable(HOSTILE)).toBe("a]0;pwnedb[2Jcd1Aefghij");
    expect(printable("müller\t→\nשלום عربي 日本")).toBe("müller\t→\nשלום عربي 日本");
  });

  it("as JSON keeps every character, as an escape where it would act", () => {
    const text = printableJson({ [HOSTILE]: [HOSTILE] });
    expect(text).toBe(printable(text));
    expect(JSON.parse(text)).toEqual({ [HOSTILE]: [HOSTILE] });
  });
});
