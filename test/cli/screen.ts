/**
 * The parts of a terminal that progress needs: text, line breaks, colours, cursor up, erase below, show and hide the
 * cursor. It refuses every other control sequence.
 */
export class Screen {
  readonly written: string[] = [];
  isCursorShown = true;
  #lines: string[] = [""];
  #row = 0;

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {}

  write(text: string): boolean {
    this.written.push(text);
    for (const [token] of text.matchAll(/\u001b\[[?0-9;]*[A-Za-z]|\n|[^\u001b\n]+/g)) this.#take(token);
    return true;
  }

  /** The visible text, without colours and the empty last line. */
  get text(): string {
    return this.#lines.join("\n").trimEnd();
  }

  #take(token: string): void {
    if (token === "\n") {
      this.#row += 1;
      this.#lines[this.#row] ??= "";
      return;
    }
    if (!token.startsWith("\u001b")) {
      this.#lines[this.#row] += token;
      return;
    }
    this.#obey(token);
    if (this.#row < 0) throw new Error("the cursor went above the first line");
  }

  #obey(sequence: string): void {
    const up = /^\u001b\[(\d+)A$/.exec(sequence)?.[1];
    if (up !== undefined) this.#row -= Number(up);
    else if (sequence === "\u001b[0J") this.#lines = [...this.#lines.slice(0, this.#row), ""];
    else if (/^\u001b\[\?25[lh]$/.test(sequence)) this.isCursorShown = sequence.endsWith("h");
    else if (!/^\u001b\[\d+m$/.test(sequence)) throw new Error(`the screen does not know ${JSON.stringify(sequence)}`);
  }
}
