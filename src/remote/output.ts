import { StringDecoder } from "node:string_decoder";

/** One output stream of a command: line by line as it comes, and as a whole if `keeps`. */
export class Output {
  readonly #decoder = new StringDecoder("utf8");
  readonly #texts: string[] = [];
  /** Parts of a line whose end has not come yet; joined only then, so that a huge line does not take quadratic time. */
  #partial: string[] = [];
  #bytes = 0;

  constructor(
    private readonly onLine: (line: string) => void,
    private readonly keeps = true,
  ) {}

  /** Bytes so far. */
  get bytes(): number {
    return this.#bytes;
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
    if (rest !== "") this.#partial.push(rest);
  }

  #emit(end: string): void {
    const line = [...this.#partial, end].join("");
    this.#partial = [];
    this.onLine(line.replace(/\r$/, ""));
  }
}

/** The last lines of a text that are not blank, at most `count`. */
export function lastLines(text: string, count: number): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-count);
}
