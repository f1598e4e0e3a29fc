import { createHash } from "node:crypto";
import type { KubeObject } from "../../src/kube/kube-object.js";
import { type FakeMachine, resultLine } from "./fake-machine.js";

/** The address of all masters, as `virtual-address.sh` and the API know it. */
export class FakeAddress {
  /** Whether the API answers nodes there. */
  answers = true;
  /** What was done about it, as "put master1". */
  readonly actions: string[] = [];
  /** The pods that carry it, as the API has them. */
  carriers: KubeObject[] = [];

  /** What the script does to a machine; tells whether the API answers at the address. */
  act(
    name: string,
    machine: FakeMachine,
    { AK8S_ACTION: action, AK8S_POD_B64: pod }: Readonly<Record<string, string>>,
  ): string {
    const script = "virtual-address";
    this.actions.push(`${action ?? ""} ${name}`);
    if (action === "put") {
      const text = Buffer.from(pod ?? "", "base64").toString();
      machine.facts["virtual_pod"] = createHash("sha256").update(text).digest("hex");
      return resultLine(script, ["virtual-pod"]);
    }
    if (action === "drop") {
      delete machine.facts["virtual_pod"];
      return resultLine(script, ["virtual-pod"]);
    }
    if (action === "use") {
      machine.facts["virtual_first"] = "yes";
      return resultLine(script, ["hosts-endpoint"]);
    }
    if (action !== "ask") throw new Error(`virtual-address.sh knows no ${action ?? "nothing"}`);
    return this.answers ? resultLine(script, [], ["virtual-address"]) : resultLine(script, []);
  }
}
