import { readFileSync } from "node:fs"
import { ProviderToken } from "@sightscreen/apns"
import { Effect, Redacted } from "effect"
import { keyId, type Order, teamId } from "./Order.ts"

/** A bearer token for clients that bring no signing of their own. */
export const bearer = (order: Order): Promise<string> =>
  Effect.runPromise(
    ProviderToken.make({ teamId, keyId, privateKey: Redacted.make(readFileSync(order.key, "utf8")) }).pipe(
      Effect.flatMap((tokens) => tokens.current),
      Effect.map(Redacted.value)
    )
  )
