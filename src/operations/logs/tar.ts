const BLOCK = 512;

/**
 * One file of a tar archive in POSIX's ustar format (IEEE Std 1003.1, pax, "ustar Interchange Format"): header and
 * content, padded to whole blocks; owner root, mode 0600. Throws RangeError for a name that does not fit.
 */
export function tarEntry(name: string, content: Buffer, modified: Date): Buffer {
  const header = Buffer.alloc(BLOCK);
  const [prefix, rest] = nameFields(name);
  header.write(rest, 0);
  header.write("0000600\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${octal(content.length, 11)}\0`, 124);
  header.write(`${octal(Math.floor(modified.getTime() / 1000), 11)}\0`, 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\u000000", 257);
  header.write("root", 265);
  header.write("root", 297);
  header.write(prefix, 345);
  // The checksum counts its own field as spaces.
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  const filling = (BLOCK - (content.length % BLOCK)) % BLOCK;
  return Buffer.concat([header, content, Buffer.alloc(filling)]);
}

/** A name may have 100 bytes, and its folders 155 more in the prefix field. */
function nameFields(name: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(name) <= 100) return ["", name];
  for (let slash = name.indexOf("/"); slash !== -1; slash = name.indexOf("/", slash + 1)) {
    const fields = [name.slice(0, slash), name.slice(slash + 1)] as const;
    if (Buffer.byteLength(fields[0]) <= 155 && Buffer.byteLength(fields[1]) <= 100) return fields;
  }
  throw new RangeError(`${name} is too long for the archive`);
}

/** The end of an archive: two blocks of zeros. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
