import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { HostEntry } from "../../src/model/spec/cluster-spec.js";
import { lookAtMachines, MARKER } from "../stories/support/given/look.js";
import { refusalText } from "../stories/support/given/refusal.js";
import { runOn } from "../stories/support/given/ssh.js";

const host = (name: string): HostEntry => ({
  ...{ name, role: "minion", address: "127.0.0.1", privateAddress: "127.0.0.1", port: 9, user: "root", become: "auto" },
  ...{ hostKey: "", labels: {}, taints: [] },
});

/** What each machine answers; one without an answer has no connection. */
const answering =
  (answers: Readonly<Record<string, string>>): typeof runOn =>
  ({ name }) => {
    const stdout = answers[name];
    const stderr = stdout === undefined ? `${name}: no ssh connection to 127.0.0.1:9: nothing listens` : "";
    return Promise.resolve({ code: stdout === undefined ? 255 : 0, stdout: stdout ?? "", stderr, milliseconds: 1 });
  };

const GOOD = "marker\nkernel 6.12.1\nos Alpine Linux v3.24\nruntime containerd v2.1.0\nkubernetes v1.36.1\n";

describe("a look at given machines", () => {
  it("tells what runs on them, and nothing of what is not installed yet", async () => {
    const plain = "marker\nkernel 6.12.1\nos Alpine Linux v3.24\nruntime \nkubernetes \n";
    expect(await lookAtMachines([host("a"), host("b")], answering({ a: GOOD, b: plain }))).toEqual([
      { name: "a", os: "Alpine Linux v3.24", kernel: "6.12.1", runtime: "containerd v2.1.0", kubernetes: "v1.36.1" },
      { name: "b", os: "Alpine Linux v3.24", kernel: "6.12.1", runtime: "", kubernetes: "" },
    ]);
  });

  it("refuses them all for one that has no marker or no connection, and says what to type", async () => {
    const answers = answering({ a: GOOD, b: GOOD.replace("marker\n", "") });
    const error: unknown = await lookAtMachines(["a", "b", "c"].map(host), answers).catch(
      (refused: unknown) => refused,
    );
    expect(refusalText(error)).toEqual({
      text: `Error: not every machine says that it may be destroyed:
  b: ${MARKER} is not there
  c: no ssh connection to 127.0.0.1:9: nothing listens
Try this: on each machine that may lose everything, as root: mkdir -p /etc/alpine-k8s && touch ${MARKER}
`,
      exitCode: 4,
    });
  });

  it("asks by a script that a shell takes", async () => {
    const here: typeof runOn = (_, command) => {
      const stdout = execFileSync("sh", ["-c", command]).toString();
      return Promise.resolve({ code: 0, stdout: `marker\n${stdout}`, stderr: "", milliseconds: 1 });
    };
    const [machine] = await lookAtMachines([host("here")], here);
    expect(machine?.kernel).toBe(execFileSync("uname", ["-r"]).toString().trim());
    expect(machine?.os).not.toBe("");
  });
});

describe("a command on a machine that cannot be reached", () => {
  it("ends with 255 and the reason", async () => {
    const outcome = await runOn(host("gone"), "true");
    expect(outcome).toMatchObject({ code: 255, stdout: "" });
    expect(outcome.stderr).toMatch(/^gone: no ssh connection to 127\.0\.0\.1:9: /);
  });
});
