import { isDeepStrictEqual } from "node:util";
import { isGroup } from "../../model/spec/schema.js";
import type { Change } from "./entry.js";

/** Why a change does not fit an object: what is not there. */
export class Misfit extends Error {}

/** The object with the change made; the given one stays as it is. Throws Misfit when the place is not there. */
export function changeAt(object: unknown, change: Change): unknown {
  return edited(object, { done: [], rest: change.at }, editOf(change));
}

/** Instead of a value: takes the key or the entry out. */
const REMOVED = Symbol("removed");

type Edit = (old: unknown) => unknown;

function editOf({ value, append, remove = false }: Change): Edit {
  if (remove) return () => REMOVED;
  if (append === undefined) return () => value;
  return (old) => {
    const entries = Array.isArray(old) ? (old as unknown[]) : [];
    return [...entries, ...append.filter((one) => !entries.some((entry) => isDeepStrictEqual(entry, one)))];
  };
}

interface Place {
  readonly done: readonly string[];
  readonly rest: readonly string[];
}

function edited(value: unknown, { done, rest }: Place, edit: Edit): unknown {
  const [segment, ...after] = rest;
  if (segment === undefined) return edit(value);
  const next: Place = { done: [...done, segment], rest: after };
  if (segment === "$json") return withJson(value, next, edit);
  if (segment === "*") return withEach(value, next, edit);
  if (segment.startsWith("name=")) return withNamed(value, segment.slice("name=".length), next, edit);
  return withKey(value, segment, next, edit);
}

function withJson(value: unknown, place: Place, edit: Edit): string {
  try {
    const parsed = JSON.parse(String(value)) as unknown;
    if (isGroup(parsed)) return `${JSON.stringify(edited(parsed, place, edit), undefined, 2)}\n`;
  } catch (error) {
    if (error instanceof Misfit) throw error;
  }
  throw new Misfit(`${place.done.slice(0, -1).join(".")} that is JSON`);
}

function withEach(value: unknown, place: Place, edit: Edit): unknown[] {
  if (!Array.isArray(value)) throw new Misfit(place.done.slice(0, -1).join("."));
  return value.map((entry) => edited(entry, place, edit)).filter((entry) => entry !== REMOVED);
}

function withNamed(value: unknown, name: string, place: Place, edit: Edit): unknown[] {
  const entries = Array.isArray(value) ? (value as unknown[]) : [];
  const index = entries.findIndex((entry) => isGroup(entry) && entry["name"] === name);
  if (index < 0 && place.rest.length > 0) throw new Misfit(place.done.join("."));
  const changed = edited(entries[index], place, edit);
  const all = index < 0 ? [...entries, changed] : entries.with(index, changed);
  return all.filter((entry) => entry !== REMOVED);
}

function withKey(value: unknown, key: string, place: Place, edit: Edit): Readonly<Record<string, unknown>> {
  // Behind a missing key one more may follow, such as the list of variables and the one that is put into it.
  const isMissing = !isGroup(value) || !Object.hasOwn(value, key);
  if (isMissing && place.rest.length > 1) throw new Misfit(place.done.join("."));
  const group = isGroup(value) ? value : {};
  const changed = edited(isMissing ? undefined : group[key], place, edit);
  if (isMissing) return changed === REMOVED ? group : { ...group, [key]: changed };
  const entries = Object.entries(group).map(([name, old]) => [name, name === key ? changed : old] as const);
  return Object.fromEntries(entries.filter(([, entry]) => entry !== REMOVED));
}
