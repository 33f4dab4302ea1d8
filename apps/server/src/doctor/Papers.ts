import { createPrivateKey } from "node:crypto"
import { ProviderToken, Notification } from "@sightscreen/apns"
import { Effect, FileSystem, Option, Redacted } from "effect"
import * as Account from "../push/Account.ts"
import * as Finding from "./Finding.ts"

/** What can be checked on paper: the key, its ids, the app and the environment. */
export interface Papers {
  readonly environment: Notification.Environment | null
  readonly bundleId: Notification.BundleId | null
  /** Null where something is missing that a bearer token needs. */
  readonly credentials: ProviderToken.Credentials | null
}

export type Say = (finding: Finding.Finding) => Effect.Effect<void>

export const examine = (given: Account.Given, say: Say): Effect.Effect<Papers, never, Account.Files> =>
  Effect.gen(function* () {
    const environment = yield* environmentOf(given, say)
    const bundleId = yield* bundleOf(given, say)
    const key = yield* keyOf(given, say)
    const path = key?.path ?? null
    const keyId = yield* idOf("key id", Account.keyIdOf(given, { path }), given, say, path)
    const teamId = yield* idOf("team id", given.teamId, given, say, null)
    const credentials =
      key === null || keyId === null || teamId === null ? null : { keyId, teamId, privateKey: key.pem }
    return { environment, bundleId, credentials }
  })

const environmentOf = (given: Account.Given, say: Say) =>
  Account.environmentOf(given).pipe(
    Effect.tap((environment) =>
      say(
        Finding.well(
          "environment",
          environment === "sandbox"
            ? "sandbox: tokens of builds from Xcode"
            : "production: tokens of builds from the App Store, TestFlight and ad hoc"
        )
      )
    ),
    Effect.catch(({ message }) =>
      Effect.as(
        say(
          Finding.wrong(
            "environment",
            message,
            "sandbox is for builds from Xcode, production for all others; set --environment or APNS_ENV"
          )
        ),
        null
      )
    )
  )

const bundleOf = (given: Account.Given, say: Say) =>
  Account.bundleOf(given).pipe(
    Effect.tap((bundleId) =>
      say(
        bundleId.includes(".")
          ? Finding.well("app", `${bundleId}; Live Activities go to ${bundleId}.push-type.liveactivity`)
          : Finding.look(
              "app",
              `${bundleId} has no dot in it, which is unusual for a bundle ID`,
              "compare it with the target's bundle identifier in Xcode"
            )
      )
    ),
    Effect.catch(({ message }) =>
      Effect.as(
        say(
          Finding.wrong(
            "app",
            message,
            "the bundle identifier is in the target's settings in Xcode; set --bundle or APNS_BUNDLE_ID"
          )
        ),
        null
      )
    )
  )

/** Says what the key is, and nothing of what it says. */
const keyOf = (given: Account.Given, say: Say) =>
  Effect.gen(function* () {
    const key = yield* Effect.result(Account.keyText(given))
    if (key._tag === "Failure") {
      yield* say(
        Finding.wrong(
          "key",
          key.failure.message,
          "a key is made once, at developer.apple.com under Keys, with Apple Push Notifications service; the file " +
            "cannot be downloaded again"
        )
      )
      return null
    }
    const { path, pem, where } = key.success
    const readable = yield* Effect.result(
      ProviderToken.make({ keyId: "unnamed", teamId: "unnamed", privateKey: pem })
    )
    if (readable._tag === "Failure") {
      const hint = readable.failure.hint ?? otherKind(pem)
      yield* say(
        Finding.wrong(
          "key",
          `${where} is not a PKCS#8 PEM of a P-256 private key${hint === undefined ? "" : `: ${hint}`}`,
          "use the .p8 file as Apple gave it, from -----BEGIN PRIVATE KEY----- to the end"
        )
      )
      return null
    }
    yield* say(
      (yield* isOpenToOthers(path))
        ? Finding.look(
            "key",
            `${where}, PKCS#8, P-256; others on this machine can read it`,
            `chmod 600 ${where}`
          )
        : Finding.well("key", `${where}, PKCS#8, P-256`)
    )
    return key.success
  })

/** What a key is that is not the right kind. */
const otherKind = (pem: Redacted.Redacted<string>): string | undefined => {
  try {
    const { asymmetricKeyDetails, asymmetricKeyType } = createPrivateKey(Redacted.value(pem))
    return asymmetricKeyType === "ec"
      ? `its curve is ${asymmetricKeyDetails?.namedCurve ?? "another one"}`
      : `it is of the kind ${asymmetricKeyType ?? "unknown"}`
  } catch {
    return "it is damaged, or cut off"
  }
}

const isOpenToOthers = (path: string | null) =>
  path === null || process.platform === "win32"
    ? Effect.succeed(false)
    : Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const info = yield* Effect.option(fs.stat(path))
        return Option.isSome(info) && (info.value.mode & 0o077) !== 0
      })

const idOf = (
  check: "key id" | "team id",
  said: Account.Said | undefined,
  _given: Account.Given,
  say: Say,
  path: string | null
) =>
  Effect.gen(function* () {
    const [flag, variable] = check === "key id" ? ["--key-id", "APNS_KEY_ID"] : ["--team-id", "APNS_TEAM_ID"]
    const where =
      check === "key id"
        ? "Apple names the file after it, AuthKey_<key id>.p8, and lists it under Keys"
        : "it is on the Membership page at developer.apple.com"
    if (said === undefined) {
      yield* say(Finding.wrong(check, "it is not given", `set ${flag} or ${variable}; ${where}`))
      return null
    }
    if (!Account.isTeamOrKeyId(said.value)) {
      yield* say(
        Finding.wrong(check, `${said.from}: ${said.value} is not ten capital letters and digits`, where)
      )
      return null
    }
    const named = path === null ? undefined : Account.idInName(path)
    yield* say(
      named !== undefined && named.value !== said.value
        ? Finding.look(
            check,
            `${said.value}, but the file is named after ${named.value}`,
            "one of the two is probably another key's"
          )
        : Finding.well(check, said.value)
    )
    return said.value
  })
