import { DateTime } from "effect"

/** Something that is to happen at an instant. */
export interface Due {
  readonly at: number
  readonly nth: number
  readonly run: () => void
  live: boolean
}

/**
 * What is to happen and when: the earliest first, and of what is due at one instant, what was asked for first.
 *
 * A heap. What is called off stays in it until its time comes, or until there is more of that than of the rest.
 */
export class Agenda {
  #heap: Array<Due> = []
  #asked = 0
  #dead = 0

  get size(): number {
    return this.#heap.length - this.#dead
  }

  add(at: number, run: () => void): Due {
    const due: Due = { at, nth: this.#asked++, run, live: true }
    this.#heap.push(due)
    this.#rise(this.#heap.length - 1)
    return due
  }

  cancel(due: Due): void {
    if (!due.live) return
    due.live = false
    this.#dead += 1
    if (this.#dead > 1024 && this.#dead * 2 > this.#heap.length) this.#sweep()
  }

  /** When the next one is, or one before it that was called off; null where there is none. */
  soonest(): number | null {
    return this.#heap[0]?.at ?? null
  }

  /** The next one, which is then not on the agenda any more. */
  take(): Due | null {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined) return null
      const last = this.#heap.pop()!
      if (this.#heap.length > 0) {
        this.#heap[0] = last
        this.#sink(0)
      }
      if (first.live) {
        first.live = false
        return first
      }
      this.#dead -= 1
    }
  }

  /** The next few, in words. */
  told(count: number): ReadonlyArray<string> {
    return this.#heap
      .filter(({ live }) => live)
      .sort(inTime)
      .slice(0, count)
      .map(({ at }) => `a sleeper until ${DateTime.formatIso(DateTime.makeUnsafe(at))}`)
  }

  #sweep(): void {
    this.#heap = this.#heap.filter(({ live }) => live).sort(inTime)
    this.#dead = 0
  }

  #rise(from: number): void {
    const heap = this.#heap
    const due = heap[from]!
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(due, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = due
  }

  #sink(from: number): void {
    const heap = this.#heap
    const due = heap[from]!
    let at = from
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, due)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = due
  }
}

const isBefore = (one: Due, other: Due): boolean =>
  one.at < other.at || (one.at === other.at && one.nth < other.nth)

const inTime = (one: Due, other: Due): number => one.at - other.at || one.nth - other.nth
