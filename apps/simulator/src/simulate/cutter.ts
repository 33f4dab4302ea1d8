import "effect/schema/SchemaJITCompiler/enable"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Scenario } from "@sightscreen/simulation"
import { Effect } from "effect"
import type { Order } from "./Cutting.ts"
import * as Matches from "./Matches.ts"
import * as Search from "./Search.ts"

/** A process of its own that cuts one failing seed down, and leaves. */
process.once("message", ({ longestMillis, most, terms, trial }: Order) => {
  const sources = terms.draw.match === undefined ? [] : [terms.draw.match]
  const until = performance.now() + longestMillis
  void Effect.runPromise(Matches.load(...sources).pipe(Effect.provide(NodeServices.layer))).then(
    (matches) => {
      const { scenario } = Search.shrink(trial, terms, matches, {
        most,
        isEnough: () => performance.now() > until,
        onTried: () => {}
      })
      process.send?.(Scenario.encode(scenario), () => process.exit())
    }
  )
})
process.once("disconnect", () => process.exit())
