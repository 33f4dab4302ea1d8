import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { PushType, rulesOf } from "./PushType.ts"

/** The payload has more bytes than Apple takes; it would be answered with 413 and is not worth sending. */
export class PayloadTooLarge extends Schema.TaggedError<PayloadTooLarge>()("PayloadTooLarge", {
  pushType: PushType,
  /** Size as UTF-8. */
  bytes: Schema.Int,
  limit: Schema.Int
}) {
  override get message() {
    return `a ${this.pushType} payload of ${this.bytes} bytes; Apple takes ${this.limit}`
  }
}

/** An app's own keys. They stand beside `aps`: inside it Apple ignores what it does not know. */
export type Custom = Readonly<Record<string, unknown>> & { readonly aps?: never }

/** `aps` with an app's own keys beside it, which cannot take its place. */
export const beside = <Aps extends object>(aps: Aps, custom: Custom = {}): { readonly aps: Aps } => {
  const only = { aps }
  return { ...only, ...custom, ...only }
}

/** A payload as the bytes Apple wants: JSON, UTF-8, never compressed. */
export const bytesOf = (payload: object): Uint8Array => {
  // A third of what a `TextEncoder` takes, and this is done for every push that has a body of its own.
  const utf8 = Buffer.from(JSON.stringify(payload))
  return new Uint8Array(utf8.buffer, utf8.byteOffset, utf8.length)
}

/** The same, unless Apple would not take so many of them. */
export const encode = (
  pushType: PushType,
  payload: object,
  limit: number = rulesOf(pushType).limit
): Result.Result<Uint8Array, PayloadTooLarge> => within(pushType, bytesOf(payload), limit)

/** Bytes, unless Apple would not take so many of them. */
export const within = (
  pushType: PushType,
  body: Uint8Array,
  limit: number
): Result.Result<Uint8Array, PayloadTooLarge> =>
  body.length > limit
    ? Result.fail(new PayloadTooLarge({ pushType, bytes: body.length, limit }))
    : Result.succeed(body)
