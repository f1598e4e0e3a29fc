/**
 * Waits in a stream for a mark and takes it out; all else is passed on as it comes, but for a beginning of the mark at
 * the end of a chunk, which stays until it is clear what it is.
 */
export class ReadyLine {
  readonly #mark: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #seen = false;

  constructor(
    mark: string,
    private readonly onReady: () => void,
  ) {
    this.#mark = Buffer.from(mark);
  }

  /** Whether the mark has come. */
  get seen(): boolean {
    return this.#seen;
  }

  /** What of the stream is to be passed on now. */
  take(chunk: Buffer): Buffer {
    if (this.#seen) return chunk;
    const all = Buffer.concat([this.#held, chunk]);
    const at = all.indexOf(this.#mark);
    if (at === -1) {
      const sure = Math.max(0, all.length - this.#mark.length + 1);
      this.#held = all.subarray(sure);
      return all.subarray(0, sure);
    }
    this.#seen = true;
    this.#held = Buffer.alloc(0);
    this.onReady();
    return Buffer.concat([all.subarray(0, at), all.subarray(at + this.#mark.length)]);
  }

  /** What was held back when the stream ends without the mark. */
  rest(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }
}
