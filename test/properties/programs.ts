import { execa } from "execa";

const MOST_BYTES = 512 * 1024 * 1024;

/** What a program prints that is given a script on standard input. Throws its words when it fails. */
export async function printedBy(program: string, args: readonly string[], input: string): Promise<Buffer> {
  const { stdout } = await execa(program, args, {
    ...{ input, maxBuffer: MOST_BYTES, encoding: "buffer", stripFinalNewline: false },
  });
  return Buffer.from(stdout);
}
