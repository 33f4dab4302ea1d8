import * as Result from "effect/Result"
import * as Body from "./Body.ts"
import * as Headers from "./Headers.ts"
import { enclose, type Message, pushTypeOf, type Sealed } from "./Notification.ts"
import type { PayloadTooLarge } from "./Payload.ts"

/**
 * A message that is encoded once, but for some texts and numbers that differ from one phone to the next.
 *
 * Filling it in costs a fraction of encoding it anew, and gives the very bytes that encoding would. Sent by the thousand, it
 * costs what an equal body for all would.
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
  const headers = Headers.shared(pushType, message)
  // The odd ones are the names of fields.
  const split = JSON.stringify(message.payload).split(written)
  const pattern = Body.pattern(split.filter((_, nth) => nth % 2 === 0))
  const fields = split.filter((_, nth) => nth % 2 === 1) as Array<Field>
  return {
    pour: (values) => {
      // Of its size from the start: a list that grows takes room for many more.
      // oxlint-disable-next-line unicorn/no-new-array -- its size is known
      const texts = new Array<string>(fields.length)
      for (let nth = 0; nth < fields.length; nth++) {
        const value = values[fields[nth]!]
        texts[nth] =
          typeof value === "number" && Number.isFinite(value) ? String(value) : JSON.stringify(value)
      }
      return enclose(pushType, message.environment, headers, Body.fill(pattern, texts))
    }
  }
}
