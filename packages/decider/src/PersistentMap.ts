/**
 * A map as a value, for the states of deciders: a change gives another map, and the one before stays as it was.
 *
 * The newest version is a plain `Map`; each older one knows how it differs from the one after it (Baker, "Shallow Binding
 * Makes Functional Arrays Fast", 1991). Who always goes on from the newest, as whoever plays a decider does, pays hardly more
 * than for a `Map`. Who looks into an older one pays for every change since, once: it is then the newest.
 */
export class PersistentMap<K, V> {
  #version: Newest<K, V> | Older<K, V>

  private constructor(version: Newest<K, V>) {
    this.#version = version
  }

  static empty<K, V>(): PersistentMap<K, V> {
    return new PersistentMap<K, V>({ map: new Map() })
  }

  get size(): number {
    return this.#newest().size
  }

  get(key: K): V | undefined {
    return this.#newest().get(key)
  }

  has(key: K): boolean {
    return this.#newest().has(key)
  }

  /** With a value of its own for a key; `undefined` is none. */
  set(key: K, value: V): PersistentMap<K, V> {
    const map = this.#newest()
    const before = map.get(key)
    if (before === value) return this
    // Many begin from one empty map; they go their own ways.
    if (map.size === 0) return new PersistentMap<K, V>({ map: new Map([[key, value]]) })
    map.set(key, value)
    return this.#succeed(map, key, before)
  }

  remove(key: K): PersistentMap<K, V> {
    const map = this.#newest()
    const before = map.get(key)
    if (before === undefined) return this
    map.delete(key)
    return this.#succeed(map, key, before)
  }

  /** As they stand now, however the map is changed while they are gone through; in the order in which keys came. */
  entries(): ReadonlyArray<readonly [key: K, value: V]> {
    return [...this.#newest()]
  }

  values(): ReadonlyArray<V> {
    return [...this.#newest().values()]
  }

  #succeed(map: Map<K, V>, key: K, before: V | undefined): PersistentMap<K, V> {
    const next = new PersistentMap<K, V>({ map })
    this.#version = { next, key, before }
    return next
  }

  #newest(): Map<K, V> {
    const version = this.#version
    return "map" in version ? version.map : this.#return()
  }

  /** Takes back, one after the other, what has been changed since. */
  #return(): Map<K, V> {
    const way: Array<PersistentMap<K, V>> = [this]
    let at = this.#version
    while (!("map" in at)) {
      way.push(at.next)
      at = at.next.#version
    }
    const { map } = at
    for (let nth = way.length - 2; nth >= 0; nth--) {
      const one = way[nth]!
      const { before, key } = one.#version as Older<K, V>
      way[nth + 1]!.#version = { next: one, key, before: map.get(key) }
      if (before === undefined) map.delete(key)
      else map.set(key, before)
      one.#version = { map }
    }
    return map
  }
}

interface Newest<K, V> {
  readonly map: Map<K, V>
}

/** As the next one, but for a key. */
interface Older<K, V> {
  readonly next: PersistentMap<K, V>
  readonly key: K
  readonly before: V | undefined
}
