import { ActiveMatch } from "@sightscreen/domain"
import { Config, Effect, Option, Redacted, Schema } from "effect"

/** What the environment may say. Command-line flags go before it. */
export interface Settings {
  /** The folder for everything that is kept. */
  readonly home: string
  /** One's own PostgreSQL instead of the embedded one. */
  readonly databaseUrl: Option.Option<Redacted.Redacted<string>>
  /** The API's port; any free one where the usual one is taken and none was asked for. */
  readonly port: Option.Option<number>
  /** How many times as fast as life the demo's world runs. */
  readonly speed: number
  readonly match: string
  readonly phones: number
  /** Phones of all kinds, and people who do things with them. */
  readonly mix: boolean
  /** How careful matches are told, and how chatty. */
  readonly manner: ActiveMatch.Manner
}

export const defaults = {
  home: ".sightscreen",
  port: 4040,
  /** The first wicket of the final falls within a minute, and the match takes about five. */
  speed: 44,
  match: "1512773",
  phones: 200
} as const

/** A setting that cannot be used, in one line that says which and why. */
export class BadSetting extends Schema.TaggedError<BadSetting>()("BadSetting", {
  name: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.name}: ${this.problem}`
  }
}

interface Range {
  readonly low: number
  readonly high: number
  readonly whole: boolean
}

const ranges = {
  PORT: { low: 0, high: 65_535, whole: true },
  /** At the fastest pace a poll still finds balls one by one on an ordinary machine. */
  SPEED: { low: 1, high: 2000, whole: false },
  PHONES: { low: 1, high: 5000, whole: true },
  CONFIRM_MS: { low: 0, high: 60_000, whole: true },
  SPACING_MS: { low: 0, high: 120_000, whole: true }
} as const satisfies Readonly<Record<string, Range>>

const number = (name: keyof typeof ranges, given: string | number): Effect.Effect<number, BadSetting> => {
  const { high, low, whole } = ranges[name]
  const value = typeof given === "string" ? Number(given.trim()) : given
  const fits = Number.isFinite(value) && value >= low && value <= high
  return fits && (!whole || Number.isInteger(value))
    ? Effect.succeed(value)
    : Effect.fail(
        new BadSetting({
          name,
          problem: `${given} is not a ${whole ? "whole number" : "number"} from ${low} to ${high}`
        })
      )
}

export interface Flags {
  readonly speed: Option.Option<string>
  readonly match: Option.Option<string>
  readonly phones: Option.Option<string>
  /** The same as `phones`. */
  readonly followers: Option.Option<string>
  readonly mix: boolean
}

/** A variable that is set to nothing is not set. */
const variable = (name: string) =>
  Config.option(Config.String(name)).pipe(Config.map(Option.filter((value) => value.trim() !== "")))

export const read = (flags: Flags): Effect.Effect<Settings, BadSetting | Config.ConfigError> =>
  Effect.gen(function* () {
    const either = (flag: Option.Option<string>, name: string) =>
      Option.isSome(flag) ? Effect.succeed(flag) : variable(name)
    const port = yield* variable("PORT")
    const confirm = yield* variable("CONFIRM_MS")
    const spacing = yield* variable("SPACING_MS")
    const speed = yield* either(flags.speed, "SPEED")
    const match = yield* either(flags.match, "MATCH")
    if (Option.isSome(flags.phones) && Option.isSome(flags.followers)) {
      return yield* new BadSetting({
        name: "PHONES",
        problem: "--phones and --followers say the same; give one"
      })
    }
    const phones = yield* either(
      Option.orElse(flags.phones, () => flags.followers),
      "PHONES"
    )
    const databaseUrl = yield* Config.option(Config.Redacted("DATABASE_URL"))
    return {
      home: Option.getOrElse(yield* variable("SIGHTSCREEN_HOME"), () => defaults.home),
      databaseUrl: Option.filter(databaseUrl, (url) => Redacted.value(url).trim() !== ""),
      port: Option.isNone(port) ? Option.none() : Option.some(yield* number("PORT", port.value)),
      speed: yield* number(
        "SPEED",
        Option.getOrElse(speed, () => defaults.speed)
      ),
      match: Option.getOrElse(match, () => defaults.match),
      manner: {
        confirmWithin: yield* number(
          "CONFIRM_MS",
          Option.getOrElse(confirm, () => ActiveMatch.careful.confirmWithin)
        ),
        spacing: yield* number(
          "SPACING_MS",
          Option.getOrElse(spacing, () => ActiveMatch.careful.spacing)
        )
      },
      phones: yield* number(
        "PHONES",
        Option.getOrElse(phones, () => defaults.phones)
      ),
      mix: flags.mix
    }
  })
