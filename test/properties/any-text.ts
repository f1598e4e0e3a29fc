import type { Dice } from "../spec/random-spec.js";

/** Pieces of text that programs take for something else than text. */
const SPECIAL = [
  ...[
    "'",
    '"',
    "\\",
    "`",
    "$",
    "$HOME",
    "$(id)",
    "`id`",
    "${x}",
    "!",
    "#",
    "#{1+1}",
    "#$x",
    "#@x",
    "%",
    "%s",
    "&",
    "|",
  ],
  ...[";", "<", ">", "(", ")", "[", "]", "{", "}", "*", "?", "~", "=", ":", ",", ".", "-", "--", "/", "@", "^", "+"],
  ...[
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\\n",
    "\\",
    "''",
    '""',
    "<<EOF",
    "__END__",
    "=begin",
    "\\u0041",
    "&a",
    "*a",
  ],
];

/** Characters that act on a screen, or that some programs keep for themselves. */
const ACTING = [
  ..."\u0001\u0002\u0007\u0008\u000b\u000c\u001a\u001b\u001c\u007f\u0080\u0081\u0082\u0084\u0085\u0088\u009b\u009f",
  ..."\u061c\u200e\u200f\u202a\u202e\u2028\u2029\u2066\u2069\u00ad\u200b\ufeff\ufffe\uffff",
  ...["\u001b[2J", "\u001b]0;title\u0007"],
];

const PLAIN = [
  "a",
  "b",
  "Z",
  "0",
  "9",
  "word",
  "true",
  "null",
  "1e3",
  "ü",
  "ß",
  "日本",
  "שלום",
  "عربي",
  "😀",
  "👩‍👩‍👧",
  "\u0301",
];

/** Any text of well-formed Unicode without NUL, of up to `most` pieces; most of them mean something to some program. */
export function anyText(dice: Dice, most = 12): string {
  return Array.from({ length: dice.upTo(most) }, () =>
    dice.one(dice.one([SPECIAL, SPECIAL, ACTING, PLAIN, [anyCharacter(dice)]])),
  ).join("");
}

function anyCharacter(dice: Dice): string {
  const code = 1 + dice.upTo(dice.one([0x7e, 0xff, 0xfff, 0x10fffe]));
  return code >= 0xd800 && code <= 0xdfff ? "\ue000" : String.fromCodePoint(code);
}

/** Any bytes: text, parts of it, and bytes that are no text. */
export function anyBytes(dice: Dice, most = 12): Buffer {
  const pieces = Array.from({ length: dice.upTo(most) }, () => {
    if (dice.often(0.5)) return Buffer.from(anyText(dice, 6));
    if (dice.often(0.5)) return Buffer.from(anyText(dice, 6)).subarray(1);
    return Buffer.from(Array.from({ length: dice.upTo(8) }, () => dice.upTo(255)));
  });
  return Buffer.concat(pieces);
}
