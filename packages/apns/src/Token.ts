import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * The address of one app on one device, as lower-case hex: a device, push-to-start, update or VoIP token.
 *
 * Apple: its length is not fixed (64 digits are usual, 160 are seen on Live Activities), so only the shape is checked.
 * A token is personal data: it is shown by its {@link tail}, never whole.
 */
export const DeviceToken = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^(?:[0-9a-f]{2}){1,256}$/)),
  Schema.brand("DeviceToken")
)
export type DeviceToken = typeof DeviceToken.Type

/** What should be a token is none. It says how long the text is and not what it is. */
export class TokenMalformed extends Schema.TaggedError<TokenMalformed>()("TokenMalformed", {
  length: Schema.Int
}) {
  override get message() {
    return `a token is an even number of hex digits, 512 at most; this has ${this.length} characters`
  }
}

const is = Schema.is(DeviceToken)

/** Takes a token as an app reports it, in either case. */
export const fromHex = (hex: string): Result.Result<DeviceToken, TokenMalformed> => {
  const token = hex.toLowerCase()
  return is(token) ? Result.succeed(token) : Result.fail(new TokenMalformed({ length: hex.length }))
}

/** What a log may show: the last six digits, and never more than half of a token. */
export const tail = (token: DeviceToken): string => `…${token.slice(-Math.min(6, token.length >> 1))}`
