import { inflateSync } from "node:zlib";

/** Red, green and blue, 0 to 255 each. */
export type Colour = readonly [number, number, number];

/** A picture as a browser saves it. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  at(x: number, y: number): Colour;
}

/** Reads a PNG of eight bits a channel, with or without transparency, not interlaced. Throws for any other. */
export function readPng(file: Buffer): Pixels {
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const [depth, kind, , , interlaced] = file.subarray(24, 29);
  const channels = kind === 6 ? 4 : 3;
  if (depth !== 8 || (kind !== 2 && kind !== 6) || interlaced !== 0) throw new Error("this kind of PNG is not read");
  const stride = width * channels;
  const raw = inflateSync(Buffer.concat(dataOf(file)));
  const rows: Buffer[] = [];
  for (let y = 0; y < height; y += 1) {
    const start = y * (stride + 1);
    const row = Buffer.from(raw.subarray(start + 1, start + 1 + stride));
    unfilter(row, rows[y - 1] ?? Buffer.alloc(stride), raw[start] ?? 0, channels);
    rows.push(row);
  }
  return {
    ...{ width, height },
    at: (x, y) => {
      const [red = 0, green = 0, blue = 0] = rows[y]?.subarray(x * channels, x * channels + 3) ?? [];
      return [red, green, blue];
    },
  };
}

/** The chunks that hold the picture; each chunk has its length, its name, its content and a sum. */
function dataOf(file: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let place = 8; place < file.length;) {
    const length = file.readUInt32BE(place);
    if (file.toString("latin1", place + 4, place + 8) === "IDAT")
      found.push(file.subarray(place + 8, place + 8 + length));
    place += length + 12;
  }
  return found;
}

/** Undoes what a row was filtered with (PNG specification, "Filtering"). */
function unfilter(row: Buffer, above: Buffer, filter: number, channels: number): void {
  for (let index = 0; index < row.length; index += 1) {
    const left = index < channels ? 0 : (row[index - channels] ?? 0);
    const up = above[index] ?? 0;
    const corner = index < channels ? 0 : (above[index - channels] ?? 0);
    const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
    row[index] = ((row[index] ?? 0) + predicted) & 255;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((one) => Math.abs(guess - one)) as [number, number, number];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
