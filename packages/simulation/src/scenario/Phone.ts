import { App, type Registration } from "@sightscreen/handset"
import { Schema } from "effect"
import type { Recipe } from "../Crowd.ts"

/**
 * One phone of a scenario. Its number is its name for good: taking other phones away changes nothing for it.
 *
 * What is not said is as usual.
 */
export const Phone = Schema.Struct({
  number: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999_999 })),
  /** Major and minor version of iOS. */
  os: Schema.Tuple([Schema.Int, Schema.Int]),
  /** Whose it is; phones of one number have one owner. The phone's own number where absent. */
  owner: Schema.optionalKey(Schema.Int),
  /** Of the app that is on it; the current one where absent. */
  schemaVersion: Schema.optionalKey(Schema.Int),
  language: Schema.optionalKey(Schema.String),
  frequentPushes: Schema.optionalKey(Schema.Boolean),
  notificationsOn: Schema.optionalKey(Schema.Boolean),
  startToken: Schema.optionalKey(Schema.Literals(["well", "never", "silently changed", "swallowed"])),
  afterForceQuit: Schema.optionalKey(Schema.Literals(["starts", "nothing"])),
  /** Live activities at a time. */
  most: Schema.optionalKey(Schema.Int),
  drawEveryMillis: Schema.optionalKey(Schema.Int),
  pushesAnHour: Schema.optionalKey(Schema.Struct({ usual: Schema.Int, frequent: Schema.Int })),
  wakesAnHour: Schema.optionalKey(Schema.Int),
  clockAheadMillis: Schema.optionalKey(Schema.Int),
  endsOlder: Schema.optionalKey(Schema.Boolean),
  endsQuiet: Schema.optionalKey(Schema.Literals(["awake", "on time", "never"])),
  /** Milliseconds until an update token comes to the app; null withholds it. Two seconds where absent. */
  tokenAfter: Schema.optionalKey(Schema.NullOr(Schema.Int)),
  /** Whether its owner comes when a notification says that the match is on. */
  taps: Schema.optionalKey(Schema.Boolean)
})
export type Phone = typeof Phone.Type

export const deviceIdOf = (number: number): string => `phone-${String(number).padStart(5, "0")}`

/** The phone that has the name, also after its app was put on anew (`phone-00007-anew-2`); null for another name. */
export const numberOf = (deviceId: string): number | null => {
  const known = numbers.get(deviceId)
  if (known !== undefined) return known
  const number = readNumber(deviceId)
  if (numbers.size >= mostNumbers) numbers.clear()
  numbers.set(deviceId, number)
  return number
}

/** Asked for with every push. */
const numbers = new Map<string, number | null>()
const mostNumbers = 20_000

const readNumber = (deviceId: string): number | null => {
  const found = /^phone-(\d+)(?:-|$)/.exec(deviceId)
  return found === null ? null : Number(found[1])
}

export const userIdOf = ({ number, owner = number }: Pick<Phone, "number" | "owner">): string =>
  `user-${owner}`

/** As a phone is made from it; `seed` is the scenario's. */
export const settingsOf = (
  self: Phone,
  seed: number
): Recipe & { readonly deviceId: string; readonly seed: string } => {
  const {
    drawEveryMillis,
    most,
    number,
    os,
    owner: _,
    schemaVersion,
    taps: __,
    tokenAfter: ___,
    ...rest
  } = self
  return {
    ...rest,
    ...(most === undefined ? {} : { most }),
    ...(drawEveryMillis === undefined ? {} : { drawEvery: drawEveryMillis }),
    os: os as Registration.OsVersion,
    app: (schemaVersion === undefined ? undefined : App.at(schemaVersion)) ?? App.current,
    deviceId: deviceIdOf(number),
    seed: `${seed}/${number}`
  }
}
