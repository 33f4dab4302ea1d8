import { Chance } from "@sightscreen/decider"
import { Clock, Context, DateTime, Duration, Effect, type Exit, Random, Schema, Scheduler } from "effect"
import { Agenda } from "./Agenda.ts"

/**
 * Runs an effect to its end at once, on a clock of its own that jumps to whenever something is next due.
 *
 * Everything happens in one call, synchronously: fibers are run from a queue of this driver's, sleepers wait in a heap, and
 * when nothing is ready the earliest sleeper's instant becomes now. Chance (`Random`) follows from the seed. With `shuffle`
 * what is ready at an instant is taken in an order drawn from the seed, which tries other ways for fibers to meet; the same
 * seed always tries the same way.
 *
 * Nothing inside may wait for the world outside: a promise, a socket, a timer never comes back, and is found as a deadlock.
 */
export interface Options {
  readonly seed: number
  /** Milliseconds since 1970. */
  readonly begins: number
  readonly shuffle?: boolean
  /** Virtual milliseconds after which it is given up. A hundred days unless given. */
  readonly lasts?: number
  /** Tasks at one instant after which time is taken to stand still. A million unless given. */
  readonly tasksAtOnce?: number
}

export interface Done<A, E> {
  readonly exit: Exit.Exit<A, E>
  /** Virtual milliseconds that went by. */
  readonly millis: number
  /** Tasks that were run: turns of fibers. */
  readonly tasks: number
}

/** It cannot end, or does not end in time. */
export class Stuck extends Schema.TaggedError<Stuck>()("Stuck", {
  why: Schema.Literals(["deadlock", "too long", "time stands still"]),
  /** Virtual time, in milliseconds since 1970. */
  at: Schema.Finite,
  /** Fibers that have not ended, and until when those sleep that do. */
  waiting: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const told = this.waiting.length === 0 ? "nothing" : this.waiting.join("; ")
    return `${what[this.why]} at ${DateTime.formatIso(DateTime.makeUnsafe(this.at))}: ${told} waits`
  }
}

const what = {
  deadlock: "nothing is ready and nobody sleeps, so nothing will ever happen (is there a promise?)",
  "too long": "virtual time ran past its bound",
  "time stands still": "tasks beget tasks and no time passes"
}

export const run = <A, E>(effect: Effect.Effect<A, E>, options: Options): Done<A, E> => {
  const { begins, lasts = 100 * 86_400_000, seed, shuffle = false, tasksAtOnce = 1_000_000 } = options
  const agenda = new Agenda()
  const dice = shuffle ? Chance.dice(Chance.of(seed, "shuffle")) : null
  let now = begins
  let tasks = 0
  let ready: Array<() => void> = []
  let head = 0

  const nanos = (): bigint => BigInt(Math.round(now)) * 1_000_000n
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => now,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) => {
      const millis = Duration.toMillis(duration)
      return Effect.callback<void>((resume) => {
        const entry = agenda.add(now + Math.max(0, millis), () => resume(Effect.void))
        return Effect.sync(() => agenda.cancel(entry))
      })
    }
  }
  const dispatcher: Scheduler.SchedulerDispatcher = {
    scheduleTask: (task) => void ready.push(task),
    flush: () => {}
  }
  const scheduler: Scheduler.Scheduler = {
    executionMode: "async",
    shouldYield: (fiber) => fiber.currentOpCount >= opsInATurn,
    makeDispatcher: () => dispatcher
  }
  const context = Context.empty().pipe(
    Context.add(Scheduler.Scheduler, scheduler),
    Context.add(Clock.Clock, clock)
  )
  const fiber = Effect.runForkWith(context)(Random.withSeed(effect, seed))
  const stuck = (why: Stuck["why"]): never => {
    throw new Stuck({ why, at: now, waiting: agenda.told(10) })
  }

  for (;;) {
    const before = tasks
    while (head < ready.length) {
      if (dice !== null) {
        const chosen = head + dice.below(ready.length - head)
        const first = ready[head]!
        ready[head] = ready[chosen]!
        ready[chosen] = first
      }
      const task = ready[head]!
      head += 1
      tasks += 1
      task()
      if (head === compactAfter) {
        ready = ready.slice(head)
        head = 0
      }
      if (tasks - before > tasksAtOnce) stuck("time stands still")
    }
    ready.length = 0
    head = 0
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return { exit, millis: now - begins, tasks }
    const soonest = agenda.soonest()
    if (soonest !== null && soonest - begins > lasts) stuck("too long")
    const next = agenda.take()
    if (next === null) return stuck("deadlock")
    now = next.at
    next.run()
  }
}

/** As many steps a fiber takes before others get their turn: the same as Effect's own. */
const opsInATurn = 2048
const compactAfter = 4096
