import { Chance, Instant } from "@sightscreen/decider"
import type { Faults } from "../faults/Fault.ts"
import type { Journal } from "../journal/Journal.ts"
import { worldBegins } from "../scenario/MatchSource.ts"
import { type Latch, type Life, type Loop, type Pause, type Task } from "./Loop.ts"
import type { Tables } from "./Tables.ts"

/** What a world has that processes come and go in. */
export interface Setting {
  readonly seed: number
  readonly loop: Loop
  readonly tables: Tables
  readonly faults: Faults
  readonly journal: Journal
  /** By how many milliseconds the server's clock is wrong now. */
  readonly clockError: () => number
}

/** The process falls, here and now. */
class Fall extends Error {}

/**
 * One process of the server: what it remembers is lost when it falls.
 *
 * It goes by the server's clock, which may be wrong; how long it waits is right all the same, as timers are.
 */
export class Process implements Life {
  readonly number: number
  readonly setting: Setting
  isOver = false
  #operations = 0
  #draws = 0
  readonly #mayFall: boolean
  readonly #mayConflict: boolean
  readonly #onFall: () => void
  readonly #draw: Chance.Lots

  constructor(setting: Setting, number: number, onFall: () => void) {
    this.setting = setting
    this.number = number
    this.#onFall = onFall
    this.#mayFall = setting.faults.has("process.crash")
    this.#mayConflict = setting.faults.has("store.conflict")
    this.#draw = Chance.lots(setting.seed, "server", number)
  }

  /** By the server's clock. */
  get now(): Instant.Instant {
    const { clockError, loop } = this.setting
    return Instant.fromMillis(loop.now + clockError())
  }

  /** Of the world. */
  get at(): Instant.Instant {
    return this.setting.loop.instant
  }

  get tables(): Tables {
    return this.setting.tables
  }

  get chance(): number {
    return this.#draw.unitOf(this.#draws++)
  }

  sleep(millis: number): Pause {
    return { at: this.setting.loop.now + Math.max(0, Math.ceil(millis)), latch: null }
  }

  /** Until the server's clock says so, or somebody opens the latch. */
  until(instant: number | null, latch: Latch | null = null): Pause {
    if (instant === null) return { at: Infinity, latch }
    // A clock may say the same twice.
    return { at: this.setting.loop.now + Math.max(1, instant - this.now), latch }
  }

  spawn<A>(task: Task<A>, done?: (result: A) => void): void {
    this.setting.loop.spawn(this, task, done)
  }

  /** Comes before every use of the store, and before everything that leaves the process. */
  op(): void {
    if (!this.#mayFall) return
    const { faults, journal, loop } = this.setting
    const nth = this.#operations++
    if (!faults.befalls("process.crash", loop.now - worldBegins, null, this.number, nth)) return
    const what = `${this.number}/${nth}`
    journal.write({ _tag: "FaultBefell", at: this.at, kind: "process.crash", what })
    throw new Fall(what)
  }

  /** Whether somebody else has just saved a row that is about to be saved. */
  conflicts(row: string, version: number): boolean {
    if (!this.#mayConflict) return false
    const { faults, journal, loop } = this.setting
    if (!faults.befalls("store.conflict", loop.now - worldBegins, null, row, version)) return false
    journal.write({ _tag: "FaultBefell", at: this.at, kind: "store.conflict", what: `${row}/${version}` })
    return true
  }

  failed(error: unknown): void {
    if (!(error instanceof Fall)) throw error
    this.fall(error.message)
  }

  fall(where: string | null): void {
    if (this.isOver) return
    this.isOver = true
    this.setting.journal.write({ _tag: "ProcessCrashed", at: this.at, process: this.number, where })
    this.#onFall()
  }
}

/** Part of a process that may end before it does. */
export class Part implements Life {
  readonly #of: Life
  ended = false

  constructor(of: Life) {
    this.#of = of
  }

  get isOver(): boolean {
    return this.ended || this.#of.isOver
  }

  failed(error: unknown): void {
    this.#of.failed(error)
  }
}

/** Runs tasks side by side, so many at a time, until all are done. */
export function* together(
  loop: Loop,
  life: Life,
  tasks: Iterable<Task>,
  atOnce: number,
  makeLatch: () => Latch
): Task {
  const waiting = tasks[Symbol.iterator]()
  let running = 0
  let left = true
  const done = makeLatch()
  const begin = () => {
    while (left && running < atOnce) {
      const next = waiting.next()
      if (next.done === true) {
        left = false
        break
      }
      running++
      loop.spawn(life, next.value, () => {
        running--
        begin()
      })
    }
    if (!left && running === 0) done.open()
  }
  begin()
  yield { at: Infinity, latch: done }
}
