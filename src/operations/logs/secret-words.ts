const { raw } = String;

/** How often a part may repeat where a longer one would make a pattern slow: a name, a login. */
export const SHORT = "{0,64}";
export const quantity = (least: 0 | 1): string => `{${least},512}`;

/** What a name ends with whose value is a secret: a flag, a key of YAML or JSON, a variable, a field of a log line. */
export const STRONG =
  raw`(?:passw(?:or)?d|passphrase|client-key-data|docker(?:configjson|cfg)|` +
  raw`(?:api|private|access|secret|encryption|certificate|pre-?shared)[-_]?key)`;
/** The same for names that also stand in sentences and switches: `token: expired`, `--anonymous-auth=false`. */
export const WEAK = "(?:token|secret|credentials?|auth)";
/** The begin of a flag's name; one a word, or long words would be slow. */
export const DASHED = raw`(?<![\w.-])--?[\w.-]*`;

const ENDS_WORD = raw`(?:[\s,;"'\\}]|\.(?:\s|$)|$)`;
/** Before a value behind a colon: not where a sentence goes on with a word, as in `token: expired`. */
export const PLAIN_WORD = raw`(?!["'\\]*[a-z]{1,12}${ENDS_WORD})`;
/** Before a value behind `=` or a flag: not where that is a switch. */
export const SWITCH = raw`(?!["'\\]*(?:true|false|null|nil|none)${ENDS_WORD})`;
/** A text in quotes, which may be escaped, as in JSON inside a log line, up to the quote that ends it; or a word. */
export const VALUE = raw`(?:(?<quote>\\*)"(?:.*?(?<!\\)\k<quote>"|.*$)|'(?:[^']|'')*'?|(?![[{]["'\\])(?:[^\s"\\]|\\(?!["\\]))+)`;
export const NOT_DONE = raw`(?!\s*\[secret\](?:[\s,.;"'\\}]|$))`;
