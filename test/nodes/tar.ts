export interface TarEntry {
  readonly name: string;
  readonly text?: string;
  /** The target of a symbolic link of that name. */
  readonly link?: string;
}

/** A ustar archive of these entries, with any names: no file of this computer is read. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap((entry) => blocksOf(entry)), Buffer.alloc(1024)]);
}

function blocksOf({ name, text = "", link }: TarEntry): Buffer[] {
  const header = Buffer.alloc(512);
  const size = Buffer.byteLength(text);
  header.write(name, 0);
  header.write("0000644\0" + "0000000\0" + "0000000\0", 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0${"0".repeat(11)}\0`, 124);
  header.write(`        ${link === undefined ? "0" : "2"}`, 148);
  header.write(link ?? "", 157);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return [header, Buffer.from(text), Buffer.alloc((512 - (size % 512)) % 512)];
}
