/** Counts how often a push has been brought to a phone; which copy it is decides what befalls it. */
export class Copies {
  readonly #direct = new Map<string, number>()
  /** Of publishes, by phone: thousands may be brought the same. */
  readonly #published = new Map<string, Map<string, number>>()

  /** From 1. */
  count(pushId: string, deviceId: string, isDirect: boolean): number {
    if (isDirect) return another(this.#direct, `${pushId}/${deviceId}`)
    let copies = this.#published.get(pushId)
    if (copies === undefined) this.#published.set(pushId, (copies = new Map<string, number>()))
    return another(copies, deviceId)
  }
}

const another = (counts: Map<string, number>, key: string): number => {
  const nth = (counts.get(key) ?? 0) + 1
  counts.set(key, nth)
  return nth
}
