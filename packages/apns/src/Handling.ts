import type { Instant } from "@sightscreen/decider"
import * as Schema from "effect/Schema"
import type { Priority } from "./PushType.ts"

/**
 * How a push is to be handled, whatever it says: for which app, in which of Apple's worlds, how urgently and for how long.
 */

/** Where a token works: builds from the store use `production`, builds from Xcode use `sandbox`. */
export const Environment = Schema.Literals(["production", "sandbox"])
export type Environment = typeof Environment.Type

/** The app's bundle ID, without the suffix that a topic adds. */
export const BundleId = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/)),
  Schema.brand("BundleId")
)
export type BundleId = typeof BundleId.Type

/**
 * The name of one push to one token (Apple: `apns-id`), chosen by the sender so that a repeat is recognisable.
 *
 * Apple: a canonical lower-case UUID. Answers carry it in capitals.
 */
export const PushId = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)),
  Schema.brand("PushId")
)
export type PushId = typeof PushId.Type

const utf8 = new TextEncoder()

/** Pushes with the same collapse id replace one another on the device. Apple: at most 64 bytes, not characters. */
export const CollapseId = Schema.String.pipe(
  Schema.check(
    Schema.isNonEmpty(),
    Schema.makeFilter((text) => utf8.encode(text).length <= 64, { expected: "at most 64 bytes of UTF-8" }),
    // A header is printable ASCII on the wire; anything else is refused by HTTP before Apple sees it.
    Schema.isPattern(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/)
  ),
  Schema.brand("CollapseId")
)
export type CollapseId = typeof CollapseId.Type

/**
 * How long Apple may keep trying: until an instant, or a single attempt.
 *
 * An instant and never a length of time: `apns-expiration: 300` means five past midnight in 1970.
 */
export type Expiration = Instant.Instant | "once"

/** How a message is to be handled, whatever it says. */
export interface Handling {
  readonly bundleId: BundleId
  /** Decides which of Apple's hosts the push goes to; production where absent. */
  readonly environment?: Environment
  /** Which ones a push may have depends on its kind. */
  readonly priority: Priority
  readonly expiration: Expiration
  readonly collapseId?: CollapseId
}

/** Picks what says how to handle a push, so that nothing else a caller's object carries comes along. */
export const handling = <Some extends Omit<Partial<Handling>, "priority">, P extends Priority>(
  it: Some & Pick<Handling, "expiration">,
  priority: P
): Handled<Some, P> => {
  const { bundleId, collapseId, environment, expiration } = it
  const picked: Partial<Record<keyof Handling, unknown>> = { priority, expiration }
  if (bundleId !== undefined) picked.bundleId = bundleId
  if (environment) picked.environment = environment
  if (collapseId) picked.collapseId = collapseId
  return picked as Handled<Some, P>
}

type Handled<Some extends Omit<Partial<Handling>, "priority">, P extends Priority> = Pick<
  Some,
  "bundleId" & keyof Some
> &
  Omit<Handling, "bundleId" | "priority"> & { readonly priority: P }
