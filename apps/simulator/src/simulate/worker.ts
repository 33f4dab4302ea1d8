import "effect/schema/SchemaJITCompiler/enable"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import * as Matches from "./Matches.ts"
import type { Asked } from "./Workers.ts"
import * as Trial from "./Trial.ts"

/** A process of its own that tries seeds as they are handed to it, and leaves when nobody is there any more. */
process.once("message", (asked: Asked) => {
  const sources = asked.terms.draw.match === undefined ? [] : [asked.terms.draw.match]
  void Effect.runPromise(Matches.load(...sources).pipe(Effect.provide(NodeServices.layer))).then(
    (matches) => {
      process.on("message", (seeds: ReadonlyArray<number>) => {
        for (const seed of seeds) process.send?.(Trial.of(seed, asked.terms, matches))
      })
      process.send?.("ready")
    }
  )
})
process.once("disconnect", () => process.exit())
