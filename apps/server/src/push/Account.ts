import { Notification, ProviderToken, Tls, Hosts } from "@sightscreen/apns"
import { Library } from "@sightscreen/feed"
import { Duration, Effect, FileSystem, Option, type Path, Redacted, Schema } from "effect"
import * as Flag from "effect/cli/Flag"
import { catalogue } from "../settings/Catalogue.ts"
import * as Environment from "../settings/Environment.ts"
import { Mistake } from "./Mistake.ts"

/**
 * Who sends, for which app, and where to: what flags and the environment say of it.
 *
 * `push` wants all of it right before it sends; `doctor` looks at one part after the other. So what was given is read first,
 * as text, and judged later.
 */

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

export const flags = {
  bundle: text("bundle", "id", "The app (APNS_BUNDLE_ID)"),
  environment: text("environment", "world", "sandbox or production (APNS_ENV; production)"),
  key: text("key", "file", "Apple's .p8 (APNS_PRIVATE_KEY: its path or its text)"),
  keyId: text("key-id", "id", "The key's (APNS_KEY_ID; or the file's name)"),
  teamId: text("team-id", "id", "The team's (APNS_TEAM_ID)"),
  host: text("host", "url", "Another host, such as a model Apple's"),
  ca: text("ca", "file", "A PEM certificate to trust instead of the system's"),
  timeout: text("timeout", "time", "How long to wait for an answer (10s)")
}

export interface Flags {
  readonly bundle: Option.Option<string>
  readonly environment: Option.Option<string>
  readonly key: Option.Option<string>
  readonly keyId: Option.Option<string>
  readonly teamId: Option.Option<string>
  readonly host: Option.Option<string>
  readonly ca: Option.Option<string>
  readonly timeout: Option.Option<string>
}

/** A text, and which flag or variable it came from. */
export interface Said {
  readonly from: string
  readonly value: string
}

/** All that was given, not looked at yet. */
export interface Given {
  readonly bundle: Said | undefined
  readonly environment: Said
  readonly keyId: Said | undefined
  readonly teamId: Said | undefined
  readonly host: Said | undefined
  readonly ca: Said | undefined
  readonly timeout: Said
  /** A path, or the PEM itself. */
  readonly key: { readonly from: string; readonly value: Redacted.Redacted<string> } | undefined
}

export const read = (flags: Flags): Effect.Effect<Given> =>
  Effect.map(Environment.look(catalogue), ({ given }) => {
    /** A flag goes before the variable; a variable that is set to nothing is not set. */
    const either = (flag: Option.Option<string>, flagName: string, variable?: string): Said | undefined => {
      if (Option.isSome(flag)) return { from: flagName, value: flag.value.trim() }
      const found = variable === undefined ? undefined : given.get(variable)
      return found === undefined ? undefined : { from: variable!, value: found.trim() }
    }
    const key = either(flags.key, "--key", "APNS_PRIVATE_KEY")
    return {
      bundle: either(flags.bundle, "--bundle", "APNS_BUNDLE_ID"),
      environment: either(flags.environment, "--environment", "APNS_ENV") ?? {
        from: "--environment",
        value: "production"
      },
      keyId: either(flags.keyId, "--key-id", "APNS_KEY_ID"),
      teamId: either(flags.teamId, "--team-id", "APNS_TEAM_ID"),
      host: either(flags.host, "--host"),
      ca: either(flags.ca, "--ca"),
      timeout: either(flags.timeout, "--timeout") ?? { from: "--timeout", value: "10s" },
      key: key && { from: key.from, value: Redacted.make(key.value, { label: "private-key" }) }
    }
  })

export type Files = FileSystem.FileSystem | Path.Path

/** Where a key came from, as it may be shown, and what was found there. */
export interface KeyText {
  readonly where: string
  readonly path: string | null
  readonly pem: Redacted.Redacted<string>
}

/** The key itself, or what is in the file that is named. */
export const keyText = (given: Given): Effect.Effect<KeyText, Mistake, Files> =>
  Effect.gen(function* () {
    if (given.key === undefined) {
      return yield* new Mistake({
        subject: "--key",
        problem: "there is no signing key; give the .p8 file here or in APNS_PRIVATE_KEY"
      })
    }
    const { from, value } = given.key
    const text = Redacted.value(value)
    if (/-----BEGIN|\n/.test(text)) return { where: from, path: null, pem: value }
    // A key without its first line is no path, and must not be shown as one.
    if (text.length > 200 && !text.endsWith(".p8")) {
      return yield* new Mistake({
        subject: from,
        problem: "neither a PEM (-----BEGIN …) nor the path of one"
      })
    }
    const pem = yield* readText(from, text)
    if (!pem.includes("-----BEGIN")) {
      return yield* new Mistake({
        subject: from,
        problem: `${text} holds no PEM (-----BEGIN PRIVATE KEY-----)`
      })
    }
    return {
      where: text,
      path: yield* Library.pathOf(text),
      pem: Redacted.make(pem, { label: "private-key" })
    }
  })

/** The key id: as given, else as Apple names the file. */
export const keyIdOf = (given: Given, key: Pick<KeyText, "path">): Said | undefined =>
  given.keyId ?? (key.path === null ? undefined : idInName(key.path))

export const idInName = (path: string): Said | undefined => {
  const id = /AuthKey_([A-Z0-9]{10})\.p8$/.exec(path)?.[1]
  return id === undefined ? undefined : { from: "the name of the key's file", value: id }
}

/** Apple: ten characters. */
export const isTeamOrKeyId = (text: string): boolean => /^[A-Z0-9]{10}$/.test(text)

export const environmentOf = ({ environment }: Given): Effect.Effect<Notification.Environment, Mistake> =>
  environment.value === "sandbox" || environment.value === "production"
    ? Effect.succeed(environment.value)
    : Effect.fail(
        new Mistake({
          subject: environment.from,
          problem: `${environment.value} is neither sandbox nor production`
        })
      )

const isBundleId = Schema.is(Notification.BundleId)

export const bundleOf = ({ bundle }: Given): Effect.Effect<Notification.BundleId, Mistake> => {
  if (bundle === undefined) {
    return Effect.fail(
      new Mistake({ subject: "--bundle", problem: "which app? Give its bundle ID here or in APNS_BUNDLE_ID" })
    )
  }
  const { from, value } = bundle
  const suffix = suffixOf(value)
  if (suffix !== undefined) {
    return Effect.fail(
      new Mistake({
        subject: from,
        problem: `${value} ends in ${suffix}, which is a topic's; the bundle ID is what stands before it`
      })
    )
  }
  return isBundleId(value)
    ? Effect.succeed(value)
    : Effect.fail(
        new Mistake({ subject: from, problem: `${value} is not a bundle ID such as com.example.app` })
      )
}

/** A topic in the place of a bundle ID: the kind of push adds its suffix itself. */
const suffixOf = (text: string): string | undefined =>
  /\.(?:push-type\.\w+|voip(?:-ptt)?|complication|pushkit\.fileprovider|location-query)$/.exec(text)?.[0]

const longest = Duration.minutes(10)

export const timeoutOf = ({ timeout }: Given): Effect.Effect<Duration.Duration, Mistake> => {
  const time = duration(timeout.value)
  return time !== undefined &&
    Duration.isGreaterThan(time, Duration.zero) &&
    !Duration.isGreaterThan(time, longest)
    ? Effect.succeed(time)
    : Effect.fail(
        new Mistake({
          subject: timeout.from,
          problem: `${timeout.value} is not a time such as 10s, up to 10m`
        })
      )
}

/** A length of time as people write it in one word: `90s`, `10m`, `4h`, `30d`. */
export const duration = (text: string): Duration.Duration | undefined => {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  return count === undefined ? undefined : Duration.millis(Number(count) * units[unit as keyof typeof units])
}

/** One of Apple's hosts, or another in its place. */
export interface Place {
  /** `https://host[:port]`. */
  readonly origin: string
  /** PEM to trust instead of the system's certificates. */
  readonly ca: string | undefined
  /** As it was given. */
  readonly caFile: string | undefined
  readonly timeout: Duration.Duration
}

export const apples = { push: Tls.apple, management: Hosts.management } as const

export const originOf = (said: Said): Effect.Effect<string, Mistake> => {
  const problem = (problem: string) => Effect.fail(new Mistake({ subject: said.from, problem }))
  const url = URL.parse(said.value.includes("://") ? said.value : `https://${said.value}`)
  if (url === null || url.hostname === "")
    return problem(`${said.value} is not an address such as https://127.0.0.1:8443`)
  if (url.protocol !== "https:") return problem(`${said.value} is not https; Apple takes nothing else`)
  if (url.pathname !== "/" || url.search !== "")
    return problem(`${said.value} has a path; the path is added by itself`)
  return Effect.succeed(url.origin)
}

/** Where to send, given what Apple's own host would be. */
export const placeOf = (
  given: Pick<Given, "host" | "ca" | "timeout">,
  apple: string
): Effect.Effect<Place, Mistake, Files> =>
  Effect.gen(function* () {
    return {
      origin: given.host === undefined ? apple : yield* originOf(given.host),
      ca: given.ca === undefined ? undefined : yield* caOf(given.ca),
      caFile: given.ca && (yield* Library.pathOf(given.ca.value)),
      timeout: yield* timeoutOf(given as Given)
    }
  })

export const caOf = (said: Said): Effect.Effect<string, Mistake, Files> =>
  Effect.filterOrFail(
    readText(said.from, said.value),
    (pem) => pem.includes("-----BEGIN CERTIFICATE-----"),
    () => new Mistake({ subject: said.from, problem: `${said.value} holds no certificate in PEM` })
  )

/** All that is needed to sign. */
export const credentialsOf = (given: Given): Effect.Effect<ProviderToken.Credentials, Mistake, Files> =>
  Effect.gen(function* () {
    const key = yield* keyText(given)
    const keyId = keyIdOf(given, key)
    if (keyId === undefined) {
      return yield* new Mistake({
        subject: "--key-id",
        problem: "which key is it? Give its id here or in APNS_KEY_ID; Apple's file name has it"
      })
    }
    const teamId = given.teamId
    if (teamId === undefined) {
      return yield* new Mistake({
        subject: "--team-id",
        problem: "whose key is it? Give the team's id here or in APNS_TEAM_ID"
      })
    }
    for (const { from, value } of [keyId, teamId]) {
      if (!isTeamOrKeyId(value)) {
        return yield* new Mistake({
          subject: from,
          problem: `${value} is not ten capital letters and digits`
        })
      }
    }
    return { keyId: keyId.value, teamId: teamId.value, privateKey: key.pem }
  })

/** A bearer token that is signed now. */
export const sign = (
  credentials: ProviderToken.Credentials
): Effect.Effect<Redacted.Redacted<string>, Mistake> =>
  ProviderToken.make(credentials).pipe(
    Effect.flatMap(({ current }) => current),
    Effect.mapError(({ message }) => new Mistake({ subject: "--key", problem: message }))
  )

/** A file as text, named from the folder that the command was called in. */
export const readText = (from: string, file: string): Effect.Effect<string, Mistake, Files> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    return yield* fs.readFileString(yield* Library.pathOf(file)).pipe(
      Effect.mapError(
        ({ reason }) =>
          new Mistake({
            subject: from,
            problem:
              reason._tag === "NotFound"
                ? `there is no file ${file}`
                : reason._tag === "BadResource"
                  ? `${file} is a folder, not a file`
                  : `${file} cannot be read (${reason._tag})`
          })
      )
    )
  })

/** The same in seconds. */
export const seconds = (text: string): number | undefined => {
  const time = duration(text)
  return time && Duration.toSeconds(time)
}
