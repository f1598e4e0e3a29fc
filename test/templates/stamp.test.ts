import { describe, expect, it } from "vitest";
import { readStamp, stamp } from "../../src/templates/stamp.js";

const kind = { template: "templates/node/master.sh", version: "1.2.3" };
const foreign = { state: "foreign", version: "", template: "" };

describe("a stamp", () => {
  it("stands at the top, says what made the file and that it may be edited", () => {
    expect(stamp(kind, "a\nb\n")).toBe(
      "# Made by alpine-k8s 1.2.3 from its template templates/node/master.sh.\n" +
        "# You may edit it: an edited file is used as it is. `alpine-k8s render --force` makes it anew and keeps a backup.\n" +
        // printf 'a\nb\n' | sha256sum
        "# sha256 of the rest of this file: 911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2\n" +
        "a\nb\n",
    );
  });

  it("leaves a #! line the first one", () => {
    expect(stamp(kind, "#!/bin/sh\nset -eu\n")).toMatch(
      /^#!\/bin\/sh\n# Made by .*\n# You may .*\n# sha256 .*\nset -eu\n$/,
    );
  });

  const bodies = [
    "",
    "\n",
    "a",
    "a\nb\n",
    "#!/bin/sh\n",
    "#!/bin/sh\nset -eu\n",
    "# Made by hand\n",
    "crlf\r\n",
    "ümläut\n",
  ];

  it.each(bodies)("of the body %j is read back", (body) => {
    expect(readStamp(stamp(kind, body))).toEqual({ state: "ours", ...kind });
  });

  it.each([
    ["a line more", (text: string) => `${text}echo more\n`],
    ["a changed byte", (text: string) => text.replace("set -eu", "set -e")],
    ["a removed last newline", (text: string) => text.slice(0, -1)],
    ["another #! line", (text: string) => text.replace("#!/bin/sh", "#!/bin/ash")],
    ["a line before the stamp's", (text: string) => text.replace("\n", "\n#\n")],
    ["CRLF line endings", (text: string) => text.replaceAll("\n", "\r\n")],
  ])("tells of an edit: %s", (what, edit) => {
    const { state } = readStamp(edit(stamp(kind, "#!/bin/sh\nset -eu\n")));
    expect(state).toBe(what === "a line before the stamp's" ? "foreign" : "edited");
  });

  it("of an older version is still ours", () => {
    const old = stamp({ ...kind, version: "0.9.0" }, "x\n");
    expect(readStamp(old)).toEqual({ state: "ours", version: "0.9.0", template: kind.template });
  });

  it.each([
    "",
    "\n",
    "Vagrant.configure('2')\n",
    "#!/bin/sh",
    "# Made by alpine-k8s 1.2.3 from its template x.\nno sum\n",
  ])("is not found in %j", (text) => {
    expect(readStamp(text)).toEqual(foreign);
  });
});
