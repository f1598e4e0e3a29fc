/**
 * One line of `vagrant … --machine-readable`: timestamp, target, type, data. Source: Vagrant's documentation,
 * "Machine Readable Output", and the format of Vagrant 2.3.4.
 */
export interface MachineEvent {
  /** Machine that it is about; empty when it is about the whole run. */
  readonly target: string;
  readonly type: string;
  /** Fields after the type, decoded. */
  readonly data: readonly string[];
}

/** Reads one line; undefined for a line in another format, which Vagrant prints, too. */
export function parseMachineLine(line: string): MachineEvent | undefined {
  if (!/^\d+,[^,]*,[^,]+/.test(line)) return undefined;
  const [, target = "", type = "", ...data] = line.split(",").map(decode);
  return { target, type, data };
}

function decode(field: string): string {
  return field.replaceAll("%!(VAGRANT_COMMA)", ",").replaceAll("\\n", "\n").replaceAll("\\r", "");
}

/** The lines of a message for people, with the machine that it is about; empty for other events. */
export function spokenLines(
  event: MachineEvent,
): readonly { readonly name: string | undefined; readonly text: string }[] {
  if (event.type !== "ui") return [];
  const lines = (event.data[1] ?? "").split("\n");
  return lines.map((line) => {
    const [, named, text] = /^(?:==>| {3}) ([\w.-]+): ?(.*)$/.exec(line) ?? [];
    const name = event.target === "" ? named : event.target;
    return { name, text: named === undefined || named !== name ? line : (text ?? "") };
  });
}

/** The last error that Vagrant reported when it gave up: its class and its message. */
export function exitErrorOf(
  events: readonly MachineEvent[],
): { readonly name: string; readonly message: string } | undefined {
  const event = events.findLast(({ type }) => type === "error-exit");
  return event && { name: event.data[0] ?? "", message: (event.data[1] ?? "").trim() };
}

/** Values of `type` events in order, such as the names of `vagrant box list`. */
export function valuesOf(events: readonly MachineEvent[], type: string): readonly string[] {
  return events.filter((event) => event.type === type).map((event) => event.data[0] ?? "");
}
