import { fitLine, fitRows } from "./fit.js";
import type { Terminal } from "./terminal.js";

/**
 * Returns a function that shows a text in place of the one before, cut to the terminal's size. The cursor is neither
 * hidden nor moved elsewhere, and the screen not switched, so that there is nothing to restore, however the program ends.
 */
export function redrawer(terminal: Terminal): (text: string) => void {
  let drawn: readonly string[] = [];
  return (text) => {
    const columns = terminal.columns || 80;
    // A terminal that has become narrower meanwhile has wrapped what it shows.
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
    drawn = fitRows(text.split("\n"), terminal.rows || 24).map((line) => fitLine(line, columns));
    terminal.write(`${rows === 0 ? "" : `\u001b[${rows}A\u001b[0J`}${drawn.map((line) => `${line}\n`).join("")}`);
  };
}
