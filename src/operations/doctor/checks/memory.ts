import { failed, ok, type QuickCheck, skipped } from "../check.js";
import { declaredMachines, editSpec } from "../subject.js";

/**
 * Memory is enough for all declared machines together. A machine that is larger than memory and swap cannot start. More
 * than there is in sum, or than is free for those still to be made, is a warning, because hypervisors allocate memory
 * only when it is used.
 */
export const memory: QuickCheck = {
  id: "memory",
  on: "this computer",
  weight: "warning",
  inUp: "refuse",
  look: async (subject) => {
    const { computer, spec, made } = subject;
    const machines = spec === undefined ? [] : declaredMachines(spec);
    if (machines.length === 0) return skipped("no machines are declared for this computer");
    const { total, available, swap } = await computer.memory();
    const sum = machines.reduce((all, machine) => all + machine.memory, 0);
    const toMake = machines.filter(({ name }) => !made.has(name)).reduce((all, machine) => all + machine.memory, 0);
    const text = `${machines.length} machine(s) are declared with ${sum} MiB together; here are ${total} MiB, ${available} MiB of them free`;
    const largest = machines.reduce((one, other) => (other.memory > one.memory ? other : one));
    if (largest.memory > total + swap) {
      const evidence = `${largest.name} alone is declared with ${largest.memory} MiB; here are ${total} MiB and ${swap} MiB of swap`;
      return failed(evidence, editSpec(subject), { weight: "error" });
    }
    if (sum > total) return failed(text, editSpec(subject));
    if (toMake > available) return failed(`${text}; those still to be made want ${toMake} MiB`, editSpec(subject));
    return ok(text);
  },
};
