type Metadata = Map<unknown, unknown>;

interface ReflectWithMetadata {
  defineMetadata?: (key: unknown, value: unknown, target: object) => void;
  getOwnMetadata?: (key: unknown, target: object) => unknown;
  getMetadata?: (key: unknown, target: object) => unknown;
}

/**
 * Defines the three `Reflect` functions without which `@peculiar/x509` (by way of tsyringe) refuses to load. Does
 * nothing when they exist, so a full polyfill wins. See docs/decisions/0003-x509-library.md.
 */
export function provideReflectMetadata(): void {
  const reflect = Reflect as ReflectWithMetadata;
  if (reflect.getMetadata) return;
  const store = new WeakMap<object, Metadata>();
  const own = (key: unknown, target: object): unknown => store.get(target)?.get(key);
  reflect.defineMetadata = (key, value, target) => {
    const metadata: Metadata = store.get(target) ?? new Map();
    metadata.set(key, value);
    store.set(target, metadata);
  };
  reflect.getOwnMetadata = own;
  reflect.getMetadata = (key, target) => {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      if (store.get(at)?.has(key)) return own(key, at);
    }
    return undefined;
  };
}
