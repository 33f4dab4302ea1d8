import type { Recording } from "@sightscreen/feed"
import { Cause, Effect, Exit, Logger } from "effect"
import type { Run, Wants } from "../Run.ts"
import type { Scenario } from "../Scenario.ts"
import * as Stage from "../Stage.ts"
import { play } from "./Play.ts"
import * as VirtualTime from "./VirtualTime.ts"

/**
 * The true gear: the engine itself, with everything that can go wrong around it, from a scenario to what came of it.
 *
 * The whole run is one call, on virtual time; the same scenario always goes the same way.
 */
export const run = (scenario: Scenario, recording: Recording.Recording, wants: Wants = {}): Run => {
  const stage = Stage.set(scenario, recording, wants)
  const { exit } = VirtualTime.run(play(stage).pipe(Effect.scoped, Effect.provide(Logger.layer([]))), {
    seed: scenario.seed,
    begins: stage.begins,
    shuffle: scenario.shuffle
  })
  if (Exit.isFailure(exit)) throw new Error(`the world broke down: ${Cause.pretty(exit.cause)}`)
  return stage.runOf("true", exit.value)
}
