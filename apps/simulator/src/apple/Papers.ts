import { Authority, SigningKey } from "@sightscreen/apns"
import { Library } from "@sightscreen/feed"
import { Effect, FileSystem, Path, Redacted, type PlatformError, type Scope } from "effect"
import { randomBytes } from "node:crypto"

/**
 * What a sender needs, fresh at each start: an authority to trust, and a key to sign with or a certificate to show, as files.
 */
export interface Papers {
  readonly authority: Authority.Authority
  readonly key: SigningKey.SigningKey
  /** PEM of the authority. */
  readonly caFile: string
  /** The private key, named as Apple names it. Its owner's alone. */
  readonly keyFile: string
  /** PEM, for those who send with a certificate and without bearer tokens; its private key is its owner's alone. */
  readonly certificateFile: string
  readonly certificateKeyFile: string
  /** Whether the files go when the program does. */
  readonly passing: boolean
}

/** Into a folder that stays, or into one of the system's that goes with the scope. */
export const issue = (
  given: string | null,
  wish: Authority.Wish
): Effect.Effect<
  Papers,
  Library.Unusable | Authority.AuthorityFailed | SigningKey.KeyFailed,
  FileSystem.FileSystem | Path.Path | Scope.Scope
> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const refused = (error: PlatformError.PlatformError) =>
      new Library.Unusable({ subject: given ?? "a folder for the key", problem: problemOf(error) })
    const folder =
      given === null
        ? yield* fs.makeTempDirectoryScoped({ prefix: "model-apple-" }).pipe(Effect.mapError(refused))
        : yield* Library.pathOf(given)
    if (given !== null) {
      yield* fs.makeDirectory(folder, { recursive: true }).pipe(Effect.mapError(refused))
    }

    const authority = yield* Authority.make
    const key = yield* SigningKey.make({ keyId: freshKeyId(), teamId: "SIGHTTEAM1" })
    const certificate = yield* authority.issue(wish)
    const caFile = path.join(folder, "ca.pem")
    const keyFile = path.join(folder, `AuthKey_${key.credentials.keyId}.p8`)
    yield* fs.writeFileString(caFile, authority.ca).pipe(Effect.mapError(refused))
    yield* fs
      .writeFileString(keyFile, Redacted.value(key.credentials.privateKey), { mode: 0o600 })
      .pipe(Effect.mapError(refused))
    const certificateFile = path.join(folder, "client.pem")
    const certificateKeyFile = path.join(folder, "client.key")
    yield* fs.writeFileString(certificateFile, certificate.certificate).pipe(Effect.mapError(refused))
    yield* fs
      .writeFileString(certificateKeyFile, Redacted.value(certificate.privateKey), { mode: 0o600 })
      .pipe(Effect.mapError(refused))
    return {
      authority,
      key,
      caFile,
      keyFile,
      certificateFile,
      certificateKeyFile,
      passing: given === null
    }
  })

/** Apple: ten characters. */
const freshKeyId = (): string =>
  [...randomBytes(10)].map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32]).join("")

const problemOf = ({ reason }: PlatformError.PlatformError): string => {
  switch (reason._tag) {
    case "AlreadyExists":
    case "BadResource":
      return "a file, not a folder"
    case "PermissionDenied":
      return "nothing may be written there"
    default:
      return `nothing can be written there (${reason.description ?? reason._tag})`
  }
}
