import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { LIMIT, readBytes } from "./read-file.js";
import { shown } from "./shown.js";

/**
 * The packages of an index of Alpine, versions by name, and the release that its description names, if any. Takes
 * APKINDEX.tar.gz, which is a signature and the index, packed one after the other, and the text APKINDEX. Throws an Error in
 * words for anything else.
 */
export async function readIndex(path, name) {
  const bytes = readBytes(path, name);
  try {
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { described: undefined, packages: packagesIn(textOf(bytes)) };
    const { APKINDEX: index, DESCRIPTION: description = "" } = await unpacked(bytes);
    if (index === undefined) throw new Error("has no APKINDEX inside");
    return { described: /^v(\d+\.\d+)[.-]/.exec(description)?.[1], packages: packagesIn(index) };
  } catch (error) {
    throw new Error(`${shown(name)} ${error.message}`);
  }
}

/** The two texts of the archive, by name. */
async function unpacked(bytes) {
  const found = {};
  try {
    const tar = extract();
    tar.end(gunzipSync(bytes, { maxOutputLength: LIMIT }));
    for await (const entry of tar) {
      const content = await buffer(entry);
      if (["APKINDEX", "DESCRIPTION"].includes(entry.header.name)) found[entry.header.name] = textOf(content);
    }
  } catch (error) {
    if (error.code === "ERR_BUFFER_TOO_LARGE") throw new Error(`has more than ${LIMIT / 2 ** 20} MiB inside`);
    throw new Error(`cannot be unpacked: ${shown(error.message)}`);
  }
  return found;
}

function textOf(bytes) {
  return bytes.toString("utf8");
}

/** Versions by name. Records are lines `P:name`, `V:version` and others, with an empty line behind each. */
function packagesIn(text) {
  if (text.startsWith("ADB")) throw new Error("is in apk 3's own format, which is not read here; take APKINDEX.tar.gz");
  if (/^\s*</.test(text)) throw new Error("is a web page and no index");
  if (!text.endsWith("\n")) throw new Error("ends within a line: it was cut off");
  const packages = new Map();
  for (const record of text.split(/\n\n+/)) {
    const fields = fieldsIn(record);
    if (fields.size === 0) continue;
    const [name, version] = [fields.get("P"), fields.get("V")];
    if (name === undefined) throw new Error("has a package without a name: it is no index, or was cut off");
    if (!/^\d[0-9A-Za-z._~+-]{0,63}$/.test(version ?? ""))
      throw new Error(`has no version of the package ${shown(name)}: it is no index, or was cut off`);
    packages.set(name, [...(packages.get(name) ?? []), version]);
  }
  if (packages.size === 0) throw new Error("has no package in it");
  return packages;
}

function fieldsIn(record) {
  const fields = new Map();
  for (const line of record.split("\n").filter((one) => one !== "")) {
    const [, key, value] = /^([A-Za-z]):(.*)$/.exec(line) ?? [];
    if (key === undefined) throw new Error(`is no index: ${shown(line)} is no line of one`);
    fields.set(key, value);
  }
  return fields;
}
