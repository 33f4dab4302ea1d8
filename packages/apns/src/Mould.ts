import { Result } from "effect"
import * as Headers from "./Headers.ts"
import { type Message, pushTypeOf, type Sealed } from "./Notification.ts"
import { PayloadTooLarge } from "./Payload.ts"
import { rulesOf } from "./PushType.ts"

/**
 * A message that is encoded once, but for some texts and numbers that differ from one phone to the next.
 *
 * Filling it in costs a fraction of encoding it anew, and gives the very bytes that encoding would.
 */
export interface Mould<Field extends string> {
  readonly pour: (values: Values<Field>) => Result.Result<Sealed, PayloadTooLarge>
}

export type Values<Field extends string> = Readonly<Record<Field, string | number>>

/** Stands for the value of a field, wherever a payload may hold a text or a number. */
export type Hole<Field extends string> = <A extends string | number>(field: Field) => A

/** No text that people read has this in it. */
const mark = "\u0001"
const written = /"\\u0001([^"\\]*)\\u0001"/

/** What `say` makes of holes, as a mould. Only whole values can be left open, and not parts of a text. */
export const make = <Field extends string>(say: (hole: Hole<Field>) => Message): Mould<Field> => {
  const message = say(<A extends string | number>(field: Field) => (mark + field + mark) as string as A)
  const pushType = pushTypeOf(message)
  const { limit } = rulesOf(pushType)
  const environment = message.environment ?? "production"
  const headers = Headers.shared(pushType, message)
  // The odd ones are the names of fields.
  const pieces = JSON.stringify(message.payload).split(written)
  const fixed = pieces.filter((_, nth) => nth % 2 === 0).map((text) => Buffer.from(text))
  const fields = pieces.filter((_, nth) => nth % 2 === 1) as Array<Field>
  const fixedBytes = fixed.reduce((sum, { length }) => sum + length, 0)
  // Used again by each call, as none is interrupted by another.
  const texts: Array<string> = fields.map(() => "")
  return {
    pour: (values) => {
      let bytes = fixedBytes
      for (let nth = 0; nth < fields.length; nth++) {
        const value = values[fields[nth]!]
        const text =
          typeof value === "number" && Number.isFinite(value) ? String(value) : JSON.stringify(value)
        texts[nth] = text
        bytes += typeof value === "number" ? text.length : Buffer.byteLength(text)
      }
      if (bytes > limit) return Result.fail(new PayloadTooLarge({ pushType, bytes, limit }))
      const body = Buffer.allocUnsafe(bytes)
      let at = 0
      for (let nth = 0; nth < fixed.length; nth++) {
        const piece = fixed[nth]!
        body.set(piece, at)
        at += piece.length
        if (nth < texts.length) at += body.write(texts[nth]!, at)
      }
      return Result.succeed({ pushType, environment, headers, body })
    }
  }
}
