import { printable } from "../../base/printable.js";

/** Cuts a line to the terminal's width, so that it takes exactly one row. */
export function fitLine(text: string, columns: number): string {
  const line = oneLine(text);
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}

/** The lines, or as many as stay below the terminal's height: what scrolled away could not be redrawn. */
export function fitRows(lines: readonly string[], rows: number): readonly string[] {
  const room = Math.max(1, rows - 1);
  return lines.length <= room ? lines : [...lines.slice(0, room - 1), `    and ${lines.length - room + 1} more`];
}

/** The text as one line, without characters that act on a screen. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/[\n\t]/g, " "));
}
