import { Chance, Instant } from "@sightscreen/decider"

/**
 * Time as a heap of what is still to happen, and tasks that wait in it.
 *
 * A task is a generator that gives what it waits for: an instant, a latch, or whichever comes first. It is told whether the
 * latch was open. Nothing else suspends it, so everything between two waits takes place in one breath. A task belongs to a
 * life, and goes no further once that is over.
 */
export interface Pause {
  /** The world's time; infinite for never. */
  readonly at: number
  readonly latch: Latch | null
}

export type Task<A = void> = Generator<Pause, A, boolean>

/** Something to wait for: whoever waits goes on when it is opened. */
export class Latch {
  isOpen: boolean
  #waiting: Array<() => void> = []

  constructor(isOpen = false) {
    this.isOpen = isOpen
  }

  open(): void {
    if (this.isOpen) return
    this.isOpen = true
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go()
  }

  close(): void {
    this.isOpen = false
  }

  /** Calls once, when it is open. */
  wait(go: () => void): void {
    if (this.isOpen) go()
    else this.#waiting.push(go)
  }
}

/** What tasks belong to: nothing of it goes on once it is over. */
export interface Life {
  readonly isOver: boolean
  /** A task of it has broken down. */
  readonly failed: (error: unknown) => void
}

interface Event {
  readonly at: number
  /** Among those of one instant: in the order in which they were planned, or in one that is drawn. */
  readonly rank: number
  readonly nth: number
  readonly happen: () => void
}

export class Loop {
  now: number
  readonly #heap: Array<Event> = []
  readonly #rank: (nth: number) => number
  #planned = 0
  #happened = 0

  /** `shuffle` is the seed of the order in which what is due at one instant happens; null for the order of planning. */
  constructor(begins: Instant.Instant, shuffle: number | null) {
    this.now = begins
    if (shuffle === null) this.#rank = () => 0
    else {
      const lots = Chance.lots(shuffle, "order")
      this.#rank = (nth) => lots.hash(nth)
    }
  }

  get instant(): Instant.Instant {
    return this.now as Instant.Instant
  }

  get happened(): number {
    return this.#happened
  }

  /** Not before now. */
  plan(at: number, happen: () => void): void {
    const nth = this.#planned++
    push(this.#heap, { at: Math.max(this.now, at), rank: this.#rank(nth), nth, happen })
  }

  /** Lets time pass up to an instant, and everything happen that is due by then. Throws where it never comes to rest. */
  run(until: number): void {
    const heap = this.#heap
    let second = 0
    let within = 0
    while (heap.length > 0 && heap[0]!.at <= until) {
      const next = pop(heap)
      this.now = next.at
      this.#happened++
      const now = Math.floor(next.at / 1000)
      if (now !== second) {
        second = now
        within = 0
      } else if (++within > mostWithinASecond) throw new Error(`nothing comes to rest at ${next.at}`)
      next.happen()
    }
    this.now = Math.max(this.now, until)
  }

  /** Begins a task in this very breath. `done` is told what came of it, if it came to its end. */
  spawn<A>(life: Life, task: Task<A>, done?: (result: A) => void): void {
    let turn = 0
    const go = (heard: boolean): void => {
      for (let opened = heard; ;) {
        if (life.isOver) return
        let step: IteratorResult<Pause, A>
        try {
          step = task.next(opened)
        } catch (error) {
          life.failed(error)
          return
        }
        if (step.done === true) {
          done?.(step.value)
          return
        }
        const { at, latch } = step.value
        if (latch?.isOpen === true) {
          opened = true
          continue
        }
        const mine = ++turn
        const wake = (open: boolean) => {
          if (turn !== mine) return
          turn++
          go(open)
        }
        if (latch !== null) latch.wait(() => wake(true))
        if (at !== Infinity) this.plan(at, () => wake(false))
        return
      }
    }
    go(false)
  }
}

/** Ten thousand phones may all have much to do at once. */
const mostWithinASecond = 500_000

const isBefore = (one: Event, other: Event): boolean =>
  one.at !== other.at
    ? one.at < other.at
    : one.rank !== other.rank
      ? one.rank < other.rank
      : one.nth < other.nth

const push = (heap: Array<Event>, event: Event): void => {
  let at = heap.length
  heap.push(event)
  while (at > 0) {
    const above = (at - 1) >> 1
    const other = heap[above]!
    if (!isBefore(event, other)) break
    heap[at] = other
    at = above
  }
  heap[at] = event
}

const pop = (heap: Array<Event>): Event => {
  const first = heap[0]!
  const last = heap.pop()!
  const size = heap.length
  if (size === 0) return first
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    if (below >= size) break
    if (below + 1 < size && isBefore(heap[below + 1]!, heap[below]!)) below++
    const other = heap[below]!
    if (!isBefore(other, last)) break
    heap[at] = other
    at = below
  }
  heap[at] = last
  return first
}
