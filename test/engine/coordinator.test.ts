import { it } from "@effect/vitest"
import { LACoordinator } from "@sightscreen/engine"
import { World } from "@sightscreen/simulation"
import { Context, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"
import * as Wards from "./wardsKit.ts"

describe("an end that another process owes", () => {
  it.effect("is not waited for while Apple is away, and is sent once it is back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Kit.noon)
      const world = yield* World.make({ crowd: Wards.crowd({}), timelines: [Kit.timeline] })
      const { services } = yield* world.start
      yield* Wards.join(world, "phone-1")
      yield* Kit.until(Kit.fire)
      const token = Wards.updateToken(world, "phone-1")
      const coordinator = Context.get(services, LACoordinator.LACoordinator)
      yield* world.apple.inject({ _tag: "Unreachable" })
      const asking = yield* Effect.forkChild(
        coordinator.turnAway({ matchId: Kit.matchId, state: null, lane: null }, Wards.device("phone-1"), {
          _tag: "Token",
          token
        })
      )
      yield* TestClock.adjust("1 second")
      assert.isDefined(asking.pollUnsafe())
      yield* Fiber.join(asking)
      const before = Wards.taken(world, "phone-1", "end").length
      yield* world.apple.inject({ _tag: "Heal" })
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual([before, Wards.taken(world, "phone-1", "end").length], [0, 1])
    }).pipe(Effect.scoped)
  )
})
