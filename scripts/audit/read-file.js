import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { shown } from "./shown.js";

/** Bytes of a file, and of what is packed in it: an index of community has about 10 MB. */
export const LIMIT = 64 * 2 ** 20;

/** The bytes of a file. Throws an Error in words for one that is not there, no file, empty or larger than LIMIT. */
export function readBytes(path, name) {
  const file = shown(name);
  try {
    const descriptor = openSync(path, "r");
    try {
      const { size } = checked(fstatSync(descriptor), file);
      if (size > LIMIT) throw new Error(`${file} has more than ${LIMIT / 2 ** 20} MiB`);
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw error.code === undefined ? error : new Error(`${file} cannot be read: ${error.code}`);
  }
}

function checked(stat, file) {
  if (!stat.isFile()) throw new Error(`${file} is no file`);
  if (stat.size === 0) throw new Error(`${file} is empty`);
  return stat;
}
