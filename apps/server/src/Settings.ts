import type { ActiveMatch } from "@sightscreen/domain"
import { Duration, Effect, Option, type Redacted, Result, Schema } from "effect"
import type { Vault } from "@sightscreen/store"
import * as Sealing from "./access/Sealing.ts"
import { Api } from "./settings/Api.ts"
import { catalogue } from "./settings/Catalogue.ts"
import { Demo } from "./settings/Demo.ts"
import * as Environment from "./settings/Environment.ts"
import { Logs, Watching } from "./settings/Observability.ts"
import { Server, Telling } from "./settings/Server.ts"
import * as Setting from "./settings/Setting.ts"
import { Webhooks } from "./settings/Webhooks.ts"

/** What the environment and the command line say, for the demo. What each means is said where it is described. */
export interface Settings {
  readonly home: string
  readonly databaseUrl: Option.Option<Redacted.Redacted<string>>
  readonly port: Option.Option<number>
  readonly host: string
  readonly drain: Duration.Duration
  readonly watching: Setting.Values<typeof Watching>
  readonly webhooks: Setting.Values<typeof Webhooks>
  /** Whether each request has a line in the log. */
  readonly logRequests: boolean
  readonly speed: number
  readonly match: string
  readonly phones: number
  /** Phones of all kinds, and people who do things with them. */
  readonly mix: boolean
  readonly manner: ActiveMatch.Manner
  /** How device tokens lie in the database; null for a secret of the demo's own. */
  readonly vault: Vault.Vault | null
}

const fallbackOf = <A>({ fallback, name }: Setting.Setting<A>): A => {
  if (fallback === null) throw new Error(`${name} has no default`)
  return fallback.value
}

export const defaults = {
  home: fallbackOf(Server.settings.home),
  port: 4040,
  speed: fallbackOf(Demo.settings.speed),
  match: fallbackOf(Demo.settings.match),
  phones: fallbackOf(Demo.settings.phones)
} as const

/** A setting that turned out not to be usable, in one line that says which and why. */
export class BadSetting extends Schema.TaggedError<BadSetting>()("BadSetting", {
  name: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.name}: ${this.problem}`
  }
}

export interface Flags {
  readonly speed: Option.Option<string>
  readonly match: Option.Option<string>
  readonly phones: Option.Option<string>
  /** The same as `phones`. */
  readonly followers: Option.Option<string>
  readonly mix: boolean
}

/** Flags go before the environment. */
const withFlags = (given: Setting.Given, flags: Flags): Setting.Given => {
  const all = new Map(given)
  const put = ({ name }: Setting.Setting<unknown>, flag: Option.Option<string>) => {
    if (Option.isSome(flag)) all.set(name, flag.value)
  }
  put(Demo.settings.speed, flags.speed)
  put(Demo.settings.match, flags.match)
  put(
    Demo.settings.phones,
    Option.orElse(flags.phones, () => flags.followers)
  )
  return all
}

/** What the environment holds, with everything that is wrong with it told at once. */
export const read = (flags: Flags): Effect.Effect<Settings, Environment.BadSettings> =>
  Effect.gen(function* () {
    const looked = yield* Environment.look(catalogue)
    const given = withFlags(looked.given, flags)
    const decoded = Setting.decode(
      {
        server: Server,
        api: Api,
        telling: Telling,
        logs: Logs,
        watching: Watching,
        webhooks: Webhooks,
        demo: Demo
      },
      given
    )
    const vault = Result.isSuccess(decoded)
      ? Sealing.vault(decoded.success.api.deviceTokenSecrets)
      : Result.succeed(null)
    const problems = [
      ...looked.problems,
      ...(Result.isFailure(decoded) ? decoded.failure : []),
      ...(Result.isFailure(vault) ? vault.failure : [])
    ]
    if (Option.isSome(flags.phones) && Option.isSome(flags.followers)) {
      problems.push({ name: "PHONES", problem: "--phones and --followers say the same; give one" })
    }
    for (const { name, problem } of looked.remarks) yield* Effect.logWarning(`${name}: ${problem}`)
    if (problems.length > 0 || Result.isFailure(decoded) || Result.isFailure(vault))
      return yield* new Environment.BadSettings({ problems })
    const { demo, logs, server, telling, watching, webhooks } = decoded.success
    const { databaseUrl, drainMillis, home, host, port } = server
    return {
      home,
      databaseUrl: Option.fromNullOr(databaseUrl),
      port: Option.fromNullOr(port),
      host,
      drain: Duration.millis(drainMillis),
      watching,
      webhooks,
      logRequests: logs.requests ?? false,
      ...demo,
      mix: flags.mix,
      manner: telling,
      vault: vault.success
    }
  })
