import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes
} from "node:crypto"
import { Context, Redacted, Result, Schema } from "effect"

/**
 * How device tokens, the secrets of webhooks, and answers that may hold one lie in the database: sealed, and found by a name that only who has the key can work out.
 *
 * A token is sealed by AES-256-GCM under a fresh nonce, so the same token never looks the same twice; its name is an
 * HMAC-SHA256 of it. Both keys come from one secret of 32 bytes. Of several secrets the first seals and names, and all open and
 * find: that is how a secret is replaced (see `Reseal`).
 *
 * The last six characters stay to be seen, as in the ledger of deliveries.
 */
export interface Vault {
  /** What it is filed under. */
  readonly name: (token: string) => string
  /** All names under which it may have been filed. */
  readonly names: (token: string) => ReadonlyArray<string>
  readonly seal: (token: string) => string
  /** The same for what has no end that may be seen, such as what webhooks are signed with. */
  readonly sealSecret: (secret: string) => string
  /** Null for what was sealed with a secret that is not here, or was meddled with. */
  readonly open: (sealed: string) => string | null
  /** How everything begins that is sealed as it is sealed now. */
  readonly beginning: string
  /** Whose secrets are here. */
  readonly ids: ReadonlyArray<string>
  /** Nothing is sealed. */
  readonly isPlain: boolean
}

const version = "v1"

const isSealed = (text: string): boolean => text.startsWith(`${version}.`)

/** The last six characters of a token, sealed or not. */
export const endOf = (text: string): string => (isSealed(text) ? (text.split(".")[2] ?? "") : text.slice(-6))

/**
 * Without a secret tokens lie as they are. Of what another sealed it tells the end alone: enough for whoever only looks, and
 * nothing could be sent there. A server refuses to work so (see `Reseal`).
 */
export const plain: Vault = {
  name: (token) => token,
  names: (token) => [token],
  seal: (token) => token,
  sealSecret: (secret) => secret,
  open: (sealed) => (isSealed(sealed) ? endOf(sealed) : sealed),
  beginning: "",
  ids: [],
  isPlain: true
}

/** What stands in a state that is kept in place of a token that lies beside it. */
export const veil = "@update-token"

export const Vault = Context.Reference<Vault>("@sightscreen/store/Vault", { defaultValue: () => plain })

/** The secrets cannot be used; what is wrong with them is told without them. */
export class BadSecrets extends Schema.TaggedError<BadSecrets>()("BadSecrets", { problem: Schema.String }) {}

/** As key objects: from bytes Node would make one anew for every token, which takes ten times as long as the sealing. */
interface Keys {
  readonly id: string
  readonly seal: KeyObject
  readonly name: KeyObject
}

/** `id:secret`, several with commas between; an id is of letters and digits, a secret 32 bytes in base64. */
export const fromSecrets = (secrets: Redacted.Redacted<string>): Result.Result<Vault, BadSecrets> => {
  const all: Array<Keys> = []
  for (const one of Redacted.value(secrets).split(",")) {
    const [, id = "", secret = ""] = /^\s*([A-Za-z0-9]{1,16}):([A-Za-z0-9+/_-]{43}=?)\s*$/.exec(one) ?? []
    if (id === "")
      return Result.fail(new BadSecrets({ problem: "expected id:secret, the secret 32 bytes in base64" }))
    if (all.some((other) => other.id === id))
      return Result.fail(new BadSecrets({ problem: `two secrets are called ${id}` }))
    const bytes = Buffer.from(secret, "base64")
    const derived = (use: string) =>
      createSecretKey(new Uint8Array(hkdfSync("sha256", bytes, "sightscreen", use, 32)))
    all.push({ id, seal: derived("seal device tokens"), name: derived("name device tokens") })
  }
  const [first] = all
  return first === undefined
    ? Result.fail(new BadSecrets({ problem: "there is none" }))
    : Result.succeed(make(first, all))
}

const nameBy = ({ name }: Keys, token: string): string =>
  createHmac("sha256", name).update(token).digest("base64url")

const nonceBytes = 12
const tagBytes = 16

/** What stays to be seen belongs to what is sealed: with another end before it nothing opens. */
const sealBy = ({ id, seal }: Keys, text: string, end: string): string => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv("aes-256-gcm", seal, nonce)
  const head = `${version}.${id}.${end}`
  cipher.setAAD(Buffer.from(head))
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
  return `${head}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url")}`
}

const make = (first: Keys, all: ReadonlyArray<Keys>): Vault => ({
  name: (token) => nameBy(first, token),
  names: (token) => all.map((keys) => nameBy(keys, token)),
  seal: (token) => sealBy(first, token, token.slice(-6)),
  sealSecret: (secret) => sealBy(first, secret, ""),
  open: (sealed) => {
    if (!isSealed(sealed)) return sealed
    const cut = sealed.lastIndexOf(".")
    const head = sealed.slice(0, cut)
    const keys = all.find(({ id }) => head.startsWith(`${version}.${id}.`))
    if (keys === undefined) return null
    const bytes = Buffer.from(sealed.slice(cut + 1), "base64url")
    if (bytes.length < nonceBytes + tagBytes) return null
    const decipher = createDecipheriv("aes-256-gcm", keys.seal, bytes.subarray(0, nonceBytes))
    decipher.setAAD(Buffer.from(head))
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    try {
      return (
        decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, "utf8") + decipher.final("utf8")
      )
    } catch {
      return null
    }
  },
  beginning: `${version}.${first.id}.`,
  ids: all.map(({ id }) => id),
  isPlain: false
})
