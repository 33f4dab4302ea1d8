import type { Instant } from "@sightscreen/decider"
import { Effect } from "effect"
import type { Faults } from "../faults/Fault.ts"
import type { Plan } from "../faults/Plan.ts"
import type { Journal } from "../journal/Journal.ts"
import type { World } from "../World.ts"

/** What befalls a world as a whole, by its plan: channels that Apple loses, and second processes beside the first. */
export interface Given {
  readonly world: World
  readonly plan: Plan
  readonly faults: Faults
  readonly journal: Journal
  readonly begins: Instant.Instant
  readonly healAt: Instant.Instant
  readonly now: () => Instant.Instant
  /** Waits until an instant. */
  readonly until: (at: number) => Effect.Effect<void>
  /** Every channel that was made, in the order in which they were. */
  readonly made: ReadonlyMap<string, Instant.Instant>
}

type Upheaval = Effect.Effect<void, unknown>

export const all = (given: Given): ReadonlyArray<Upheaval> => [...losses(given), ...seconds(given)]

const losses = ({ begins, faults, journal, made, now, plan, until, world }: Given): ReadonlyArray<Upheaval> =>
  plan.windows("apple.channelLost").map(({ from }) =>
    Effect.gen(function* () {
      yield* until(begins + from)
      const open = new Set((yield* world.apple.channels).map(({ id }) => id))
      const some = [...made.keys()].filter((id) => open.has(id))
      if (some.length === 0) return
      const channelId = some[faults.between("apple.channelLost", 0, some.length - 1, from, "which")]!
      faults.count("apple.channelLost")
      journal.write({ _tag: "FaultBefell", at: now(), kind: "apple.channelLost", what: channelId })
      yield* world.apple.inject({ _tag: "LoseChannel", channelId })
    })
  )

/** Who stands still for long is taken for dead, and another takes its place; then it goes on. */
const seconds = ({
  begins,
  faults,
  healAt,
  journal,
  now,
  plan,
  until,
  world
}: Given): ReadonlyArray<Upheaval> => {
  const isReplaced = (from: number): boolean =>
    faults.has("process.twoOwners") && faults.between("process.twoOwners", 0, 1, "pause", from) === 1
  const replaced = plan
    .windows("process.pause")
    .filter(({ from }) => isReplaced(from))
    .map(({ from, until: to }) => ({ from: from + 1000, until: to + 120_000 }))
  return [...plan.windows("process.twoOwners"), ...replaced].map((window) =>
    Effect.gen(function* () {
      yield* until(begins + window.from)
      const [first, ...others] = world.running()
      if (first === undefined || others.length > 0) return
      faults.count("process.twoOwners")
      const what = String(first.process)
      journal.write({ _tag: "FaultBefell", at: now(), kind: "process.twoOwners", what })
      const second = yield* world.start
      yield* until(Math.min(healAt, begins + window.until))
      const goes = faults.between("process.twoOwners", 0, 1, "who", window.from) === 0 ? first : second
      if (world.running().length < 2 || !world.running().includes(goes)) return
      journal.write({ _tag: "ProcessCrashed", at: now(), process: goes.process, where: null })
      yield* goes.crash
    })
  )
}
