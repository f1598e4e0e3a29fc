import { nearest, shown, type Path, type Problem } from "./problems.js";

/** A part of a JSON Schema (draft 7). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What reading needs besides the value. */
interface Reading {
  report(problem: Problem): void;
  /** The value as the user typed it: `1.30`, although YAML reads the number 1.3. */
  sourceOf(path: Path): string | undefined;
}

/**
 * What a value in the spec may be. Validator and JSON Schema come from the same object, so they cannot differ.
 * `read` reports everything that is wrong and returns what is usable; `undefined` means absent or wrong.
 */
export interface Shape<T> {
  readonly json: JsonSchema;
  read(value: unknown, path: Path, reading: Reading): T | undefined;
}

export type ReadOf<S> = S extends Shape<infer T> ? T : never;

/** A rule for text. */
export interface Format {
  /** Added to the JSON Schema: `pattern`, `enum`, … */
  readonly json: JsonSchema;
  /** Why the text breaks the rule; undefined when it does not. */
  validate(text: string): string | undefined;
  /** What the user probably meant by `source`, the value as typed. */
  suggest?(source: string): string | undefined;
}

/** One line of text that follows `format`. */
export function text(format: Format): Shape<string> {
  return {
    json: { type: "string", ...format.json },
    read(value, path, reading) {
      const what =
        typeof value === "string" ? wrongText(value, format) : notText(value, format, reading.sourceOf(path));
      if (what === undefined) return value as string;
      reading.report({ path, what });
      return undefined;
    },
  };
}

function wrongText(value: string, format: Format): string | undefined {
  const wrong = hasControlCharacter(value) ? "contains a line end or a control character" : format.validate(value);
  if (wrong === undefined) return undefined;
  const meant = format.suggest?.(value);
  return `${shown(value)} ${wrong}${meant === undefined || meant === value ? "" : `; did you mean "${meant}"?`}`;
}

function notText(value: unknown, format: Format, typed: string | undefined): string {
  if (typeof value !== "number" && typeof value !== "boolean") return `must be text, not ${shown(value)}`;
  const source = typed ?? String(value);
  const meant = format.suggest?.(source) ?? source;
  return `must be text, but ${source} is a ${typeof value}; put it in quotes: "${meant}"`;
}

function hasControlCharacter(value: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value);
}

export interface NumberRule {
  readonly min: number;
  readonly max: number;
  /** What the number counts, for messages: `MiB`. */
  readonly unit: string;
  /** A special message for a number that is too large. */
  readonly tooLarge?: (value: number) => string;
}

/** A whole number within bounds. */
export function integer(rule: NumberRule): Shape<number> {
  return {
    json: { type: "integer", minimum: rule.min, maximum: rule.max },
    read(value, path, reading) {
      if (typeof value !== "number" || !Number.isInteger(value)) {
        reading.report({ path, what: `must be a whole number of ${rule.unit}, not ${shown(value)}` });
        return undefined;
      }
      if (value >= rule.min && value <= rule.max) return value;
      const outside =
        rule.min === rule.max
          ? `must be ${rule.min}, not ${value}`
          : `${value} is outside ${rule.min} to ${rule.max} ${rule.unit}`;
      reading.report({ path, what: value > rule.max ? (rule.tooLarge?.(value) ?? outside) : outside });
      return undefined;
    },
  };
}

/** A key that is reserved for a later version: any value is refused with this message. */
export function reserved(what: string): Shape<never> {
  return {
    json: { not: {}, description: what },
    read(_value, path, reading) {
      reading.report({ path, what });
      return undefined;
    },
  };
}

/** One of a few words. */
export function choice<const W extends string>(words: readonly W[]): Shape<W> {
  return {
    json: { enum: words },
    read(value, path, reading) {
      const found = words.find((word) => word === value);
      if (found !== undefined) return found;
      const meant = typeof value === "string" ? nearest(value, words) : undefined;
      const instead = meant === undefined ? "" : `; did you mean ${meant}?`;
      reading.report({ path, what: `must be ${orList(words)}, not ${shown(value)}${instead}` });
      return undefined;
    },
  };
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

/** A list; wrong entries are `undefined` in the result, so that indexes stay those of the file. */
export function list<T>(item: Shape<T>, max: number): Shape<readonly (T | undefined)[]> {
  return {
    json: { type: "array", items: item.json, maxItems: max },
    read(value, path, reading) {
      if (!Array.isArray(value)) {
        reading.report({ path, what: `must be a list, not ${shown(value)}` });
        return undefined;
      }
      if (value.length > max) {
        reading.report({ path, what: `has ${value.length} entries, at most ${max} fit` });
        return undefined;
      }
      return value.map((entry, index) => item.read(entry, [...path, index], reading));
    },
  };
}

/** Keys that follow a rule, each with a value of one shape. */
export function map<T>(key: Format, value: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    json: { type: "object", propertyNames: key.json, additionalProperties: value.json },
    read(input, path, reading) {
      if (!isGroup(input)) {
        reading.report({ path, what: `must be a group of keys, not ${shown(input)}` });
        return undefined;
      }
      const entries = Object.entries(input).flatMap(([name, entry]): [string, T][] => {
        const wrong = hasControlCharacter(name) ? "contains a control character" : key.validate(name);
        if (wrong !== undefined)
          reading.report({ path: [...path, name], what: `${shown(name)} ${wrong}`, atKey: true });
        const read = value.read(entry, [...path, name], reading);
        return read === undefined || wrong !== undefined ? [] : [[name, read]];
      });
      return Object.fromEntries(entries);
    },
  };
}

type Fields = Readonly<Record<string, Shape<unknown>>>;
type ObjectOf<F extends Fields> = { readonly [K in keyof F]?: ReadOf<F[K]> };

/** A group of known keys; others are refused. A key without a value counts as absent. */
export function object<F extends Fields>(fields: F, required: readonly (keyof F & string)[] = []): Shape<ObjectOf<F>> {
  const names = Object.keys(fields);
  return {
    json: {
      type: "object",
      properties: Object.fromEntries(names.map((name) => [name, fields[name]?.json])),
      additionalProperties: false,
      ...(required.length > 0 ? { required } : {}),
    },
    read(value, path, reading) {
      if (!isGroup(value)) {
        reading.report({ path, what: `must be a group of keys, not ${shown(value)}` });
        return undefined;
      }
      reportUnknownKeys(value, names, path, reading);
      const present = names.filter((name) => Object.hasOwn(value, name) && value[name] !== null);
      for (const name of required.filter((needed) => !present.includes(needed))) {
        reading.report({ path: [...path, name], what: "is missing" });
      }
      const read = present.map((name) => [name, fields[name]?.read(value[name], [...path, name], reading)] as const);
      // The table of fields decides keys and types of the result; TypeScript cannot follow it through fromEntries.
      return Object.fromEntries(read.filter(([, entry]) => entry !== undefined)) as ObjectOf<F>;
    },
  };
}

function reportUnknownKeys(value: object, names: readonly string[], path: Path, reading: Reading): void {
  for (const key of Object.keys(value).filter((candidate) => !names.includes(candidate))) {
    const meant = nearest(key, names);
    const instead = meant === undefined ? `known here: ${names.join(", ")}` : `did you mean ${meant}?`;
    reading.report({ path: [...path, key], what: `unknown key; ${instead}`, atKey: true });
  }
}

/** Text of one shape, or a group of keys of another. */
export function textOr<T, U>(short: Shape<T>, long: Shape<U>): Shape<T | U> {
  return {
    json: { anyOf: [short.json, long.json] },
    read: (value, path, reading) => (isGroup(value) ? long : short).read(value, path, reading),
  };
}

/** `__proto__` is special in JavaScript, `<<` in YAML 1.1, which Kubernetes reads. */
const SPECIAL_KEYS: readonly string[] = ["__proto__", "<<"];

/** One line of text, a number, true or false. */
export function scalar(): Shape<string | number | boolean> {
  return {
    json: { type: ["string", "number", "boolean"] },
    read(value, path, reading) {
      const isOne = typeof value === "number" || typeof value === "boolean";
      if (isOne || (typeof value === "string" && !hasControlCharacter(value))) return value;
      reading.report({ path, what: `must be one line of text, a number, true or false, not ${shown(value)}` });
      return undefined;
    },
  };
}

/** Any group of keys, passed on as it is; only special keys are refused. */
export function anything(): Shape<Readonly<Record<string, unknown>>> {
  return {
    json: { type: "object" },
    read(value, path, reading) {
      if (!isGroup(value)) {
        reading.report({ path, what: `must be a group of keys, not ${shown(value)}` });
        return undefined;
      }
      reportSpecialKeys(value, path, reading);
      return value;
    },
  };
}

function reportSpecialKeys(value: unknown, path: Path, reading: Reading): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, entry] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (SPECIAL_KEYS.includes(key))
      reading.report({ path: at, what: "no Kubernetes type has such a key", atKey: true });
    reportSpecialKeys(entry, at, reading);
  }
}

/** The shape with a description and a default for editors. */
export function described<T>(shape: Shape<T>, description: string, byDefault?: unknown): Shape<T> {
  return {
    ...shape,
    json: { ...shape.json, description, ...(byDefault === undefined ? {} : { default: byDefault }) },
  };
}

export function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
