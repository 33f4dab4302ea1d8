import { Cadence } from "@sightscreen/domain"
import { Context } from "effect"

/** How often matches that go on are read; the choice of whoever runs the server, and of their provider's plan. */
export const Paces = Context.Reference<Cadence.Paces>("@sightscreen/engine/Paces", {
  defaultValue: () => Cadence.paces
})
