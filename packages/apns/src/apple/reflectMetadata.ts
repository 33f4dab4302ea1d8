/**
 * The few functions of the metadata proposal that the dependency injection inside `@peculiar/x509` asks for.
 *
 * It refuses to load without them and brings none along. A full polyfill that is already there is left alone.
 */
export const ensureReflectMetadata = (): void => {
  const target = Reflect as unknown as Record<string, unknown>
  if (typeof target["getMetadata"] === "function") return
  const kept = new WeakMap<object, Map<unknown, unknown>>()
  const own = (key: unknown, on: object): unknown => kept.get(on)?.get(key)
  const define = (key: unknown, value: unknown, on: object): void => {
    const known = kept.get(on) ?? new Map<unknown, unknown>()
    kept.set(on, known.set(key, value))
  }
  const inherited = (key: unknown, on: object | null): unknown =>
    on === null
      ? undefined
      : kept.get(on)?.has(key)
        ? own(key, on)
        : inherited(key, Object.getPrototypeOf(on))
  Object.assign(target, {
    defineMetadata: define,
    getMetadata: inherited,
    getOwnMetadata: own,
    hasMetadata: (key: unknown, on: object) => inherited(key, on) !== undefined,
    hasOwnMetadata: (key: unknown, on: object) => kept.get(on)?.has(key) === true,
    metadata: (key: unknown, value: unknown) => (on: object) => define(key, value, on)
  })
}
