import { createRequire } from "node:module";

const load = createRequire(import.meta.url);

/**
 * A package that is loaded when the function is first called. For packages that take 30 ms and more, named by files that
 * most commands import without using them, and called where nothing waits; what waits uses `await import`. The package has
 * to be CommonJS, and `T` the type of what it exports.
 */
export function lazyPackage<T>(name: string): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= load(name) as T);
}
