import { Config, Effect, Option, type Redacted, Schema } from "effect"

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
}

export const defaults = {
  home: ".sightscreen",
  port: 4040,
  /** The first wicket of the final falls within a minute, and the match takes about five. */
  speed: 40,
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

/** The fastest pace at which a poll still finds balls one by one on an ordinary machine. */
const fastest = 2000

const within = (name: string, value: number, low: number, high: number): Effect.Effect<number, BadSetting> =>
  Number.isFinite(value) && value >= low && value <= high
    ? Effect.succeed(value)
    : Effect.fail(new BadSetting({ name, problem: `${value} is not between ${low} and ${high}` }))

export interface Flags {
  readonly speed: Option.Option<number>
  readonly match: Option.Option<string>
  readonly phones: Option.Option<number>
}

export const read = (flags: Flags): Effect.Effect<Settings, BadSetting | Config.ConfigError> =>
  Effect.gen(function* () {
    const env = yield* Config.all({
      home: Config.String("SIGHTSCREEN_HOME").pipe(Config.withDefault(defaults.home)),
      databaseUrl: Config.option(Config.Redacted("DATABASE_URL")),
      port: Config.option(Config.Int("PORT")),
      speed: Config.Number("SPEED").pipe(Config.withDefault(defaults.speed)),
      match: Config.String("MATCH").pipe(Config.withDefault(defaults.match)),
      phones: Config.Int("PHONES").pipe(Config.withDefault(defaults.phones))
    })
    yield* within(
      "PORT",
      Option.getOrElse(env.port, () => 0),
      0,
      65_535
    )
    return {
      home: env.home,
      databaseUrl: env.databaseUrl,
      port: env.port,
      speed: yield* within(
        "SPEED",
        Option.getOrElse(flags.speed, () => env.speed),
        1,
        fastest
      ),
      match: Option.getOrElse(flags.match, () => env.match),
      phones: Math.trunc(
        yield* within(
          "PHONES",
          Option.getOrElse(flags.phones, () => env.phones),
          1,
          5000
        )
      )
    }
  })
