import { Dice } from "../spec/random-spec.js";

/** How many cases each property is tried with: 10,000, or as the environment says. */
const CASES = numberIn("ALPINE_K8S_TEST_CASES", 10_000);
/** The first case's seed; the next ones follow it. A failure names the seed of its case. */
const SEED = numberIn("ALPINE_K8S_TEST_SEED", 20261129);

export interface Case<T> {
  readonly seed: number;
  readonly value: T;
}

/** A case for each seed, made by dice that fall the same way for the same seed. */
export function casesOf<T>(make: (dice: Dice) => T): readonly Case<T>[] {
  return [...eachCase(make)];
}

function* eachCase<T>(make: (dice: Dice) => T): Generator<Case<T>> {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) yield { seed, value: make(new Dice(seed)) };
}

type WrongWith<T> = (value: T, index: number) => string | undefined | Promise<string | undefined>;

/**
 * Asks of each case what is wrong with it; nothing means that it is right. Throws an error that shows the first three
 * wrong ones and how each is tried again alone. What the question throws is wrong, too.
 */
export async function allRight<T>(cases: Iterable<Case<T>>, wrongWith: WrongWith<T>): Promise<void> {
  const wrong: (Case<T> & { readonly why: string })[] = [];
  let tried = 0;
  for (const { seed, value } of cases) {
    const why = await thrownOr(() => wrongWith(value, tried));
    if (why !== undefined) wrong.push({ seed, value, why });
    tried += 1;
  }
  if (wrong.length === 0) return;
  const shown = wrong.slice(0, 3).map(({ seed, value, why }) => {
    return `${why}\n  case: ${JSON.stringify(value).slice(0, 2000)}\n  again: ${again(seed)}`;
  });
  throw new Error(`${wrong.length} of ${tried} cases are wrong:\n${shown.join("\n")}`);
}

/** Like {@link casesOf} and {@link allRight} in one, for cases that need not be kept: each is made when it is tried. */
export function forAll<T>(make: (dice: Dice) => T, wrongWith: WrongWith<T>): Promise<void> {
  return allRight(eachCase(make), wrongWith);
}

async function thrownOr(ask: () => string | undefined | Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await ask();
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join("\n") : String(error);
  }
}

function again(seed: number): string {
  return `ALPINE_K8S_TEST_SEED=${seed} ALPINE_K8S_TEST_CASES=1 npm run properties`;
}

function numberIn(name: string, otherwise: number): number {
  const text = process.env[name] ?? "";
  if (text === "") return otherwise;
  if (!/^\d+$/.test(text)) throw new Error(`${name} is not a number: ${text}`);
  return Number(text);
}
