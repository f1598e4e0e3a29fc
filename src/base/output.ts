import { StringDecoder } from "node:string_decoder";

/** Characters of one line; the rest of a longer one is left out. */
export const LONGEST_LINE = 1024 * 1024;

/**
 * One output stream of a program: all of it as text, unless it is not kept, and line by line as it comes. A line longer
 * than {@link LONGEST_LINE} is handed out cut, with words at its end.
 */
export class Output {
  readonly #decoder = new StringDecoder("utf8");
  readonly #texts: string[] = [];
  /** Parts of a line whose end has not come yet; joined only then, so that a huge line does not take quadratic time. */
  #partial: string[] = [];
  #partialLength = 0;
  #bytes = 0;
  #lines = 0;

  constructor(
    private readonly onLine: (line: string) => void,
    private readonly keeps = true,
  ) {}

  /** Bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lines so far, without one that has no end yet. */
  get lines(): number {
    return this.#lines;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#take(this.#decoder.write(chunk));
  }

  /** Passes on a last line that has no line end. */
  finish(): void {
    this.#take(this.#decoder.end());
    if (this.#partial.length > 0) this.#emit("");
  }

  text(): string {
    return this.#texts.join("");
  }

  #take(text: string): void {
    if (text === "") return;
    if (this.keeps) this.#texts.push(text);
    const pieces = text.split("\n");
    const rest = pieces.pop() ?? "";
    for (const piece of pieces) this.#emit(piece);
    if (rest !== "") this.#keep(rest);
  }

  #keep(part: string): void {
    const room = LONGEST_LINE - this.#partialLength;
    this.#partialLength += part.length;
    if (room > 0) this.#partial.push(part.slice(0, room));
  }

  #emit(end: string): void {
    this.#keep(end);
    const line = this.#partial.join("");
    const isCut = this.#partialLength > LONGEST_LINE;
    this.#partial = [];
    this.#partialLength = 0;
    this.#lines += 1;
    this.onLine(isCut ? `${line} (cut: longer than ${LONGEST_LINE} characters)` : line.replace(/\r$/, ""));
  }
}

/** Characters of what a node or a server says that one message repeats. */
const MOST_WORDS = 2000;

/** A text of a node's or a server's for a message: its first 2000 characters, with a mark where more was left out. */
export function shortened(text: string): string {
  return text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text;
}

/** The last lines of a text that are not blank, at most `count`, each {@link shortened}. */
export function lastLines(text: string, count: number): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-count)
    .map(shortened);
}
