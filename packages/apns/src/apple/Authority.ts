import { webcrypto } from "node:crypto"
import { DateTime, Effect, Redacted, Schema } from "effect"
import type { Environment } from "../Handling.ts"
import * as Certificate from "./Certificate.ts"
import { ensureReflectMetadata } from "./reflectMetadata.ts"

/**
 * A certificate authority of our own and a server certificate signed by it, made anew at each start.
 *
 * For a model Apple on loopback: senders trust the authority through their `ca` setting, and nothing else does.
 */
export interface Authority {
  /** What senders must trust. PEM. */
  readonly ca: string
  /** The server's certificate. PEM. */
  readonly certificate: string
  readonly privateKey: Redacted.Redacted<string>
  /** Makes a certificate for somebody who sends, as Apple's developer portal does. */
  readonly issue: (wish: Wish) => Effect.Effect<Issued, AuthorityFailed>
}

/** What a sender's certificate is to cover. */
export interface Wish {
  /** Whole topics, suffixes included. */
  readonly topics: ReadonlyArray<string>
  readonly environments: ReadonlyArray<Environment>
  /** From now on; one that is not above 0 has expired. A year where absent. */
  readonly days?: number
}

export interface Issued {
  /** PEM. */
  readonly certificate: string
  readonly privateKey: Redacted.Redacted<string>
}

/** The platform would not make keys or certificates. */
export class AuthorityFailed extends Schema.TaggedError<AuthorityFailed>()("AuthorityFailed", {
  cause: Schema.Defect()
}) {}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
const dayMillis = 86_400_000

/** Certificates for loopback addresses and `localhost`, valid from yesterday for a year. */
export const make: Effect.Effect<Authority, AuthorityFailed> = Effect.tryPromise({
  try: () => certify(),
  catch: (cause) => new AuthorityFailed({ cause })
})

const certify = async (): Promise<Authority> => {
  ensureReflectMetadata()
  // Loaded here and not above, since it takes longer than everything else in this package together.
  const x509 = await import("@peculiar/x509")
  // TLS checks validity by the wall clock, whatever clock the world around it runs on.
  // @effect-diagnostics-next-line globalDate:off
  const now = Date.now()
  const date = (millis: number) => DateTime.toDateUtc(DateTime.makeUnsafe(millis))
  const validity = { notBefore: date(now - dayMillis), notAfter: date(now + 365 * dayMillis) }
  const pair = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])
  const [caKeys, keys] = await Promise.all([pair(), pair()])

  const ca = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: "01",
      name: "CN=Sightscreen Test Authority",
      ...validity,
      signingAlgorithm: algorithm,
      keys: caKeys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey, false, webcrypto)
      ]
    },
    webcrypto
  )
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: "02",
      subject: "CN=localhost",
      issuer: ca.subject,
      ...validity,
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: "dns", value: "localhost" },
          { type: "ip", value: "127.0.0.1" },
          { type: "ip", value: "::1" }
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(ca, false, webcrypto)
      ]
    },
    webcrypto
  )
  const pem = async (key: webcrypto.CryptoKey) =>
    x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")

  const issue = async ({ days = 365, environments, topics }: Wish): Promise<Issued> => {
    const its = await pair()
    const [name = "nobody"] = topics
    const own = await x509.X509CertificateGenerator.create(
      {
        serialNumber: serial(),
        subject: new x509.Name([
          { [Certificate.userId]: [name] },
          { CN: [`Push Services: ${name}`] }
        ]).toString(),
        issuer: ca.subject,
        notBefore: date(now - (Math.max(0, -days) + 2) * dayMillis),
        notAfter: date(now + days * dayMillis),
        signingAlgorithm: algorithm,
        publicKey: its.publicKey,
        signingKey: caKeys.privateKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
          ...environments.map((one) => new x509.Extension(Certificate.extensions[one], false, asn1Null)),
          new x509.Extension(Certificate.extensions.topics, false, Certificate.topicsDer(topics))
        ]
      },
      webcrypto
    )
    const key = await pem(its.privateKey)
    return {
      certificate: own.toString("pem"),
      privateKey: Redacted.make(key, { label: "certificate-key" })
    }
  }

  return {
    ca: ca.toString("pem"),
    certificate: certificate.toString("pem"),
    privateKey: Redacted.make(await pem(keys.privateKey), { label: "server-key" }),
    issue: (wish) =>
      Effect.tryPromise({ try: () => issue(wish), catch: (cause) => new AuthorityFailed({ cause }) })
  }
}

const asn1Null = Uint8Array.of(0x05, 0x00)

/** Hex digits; a leading zero keeps the number positive. */
const serial = (): string =>
  `0${Buffer.from(webcrypto.getRandomValues(new Uint8Array(8)))
    .toString("hex")
    .slice(1)}`
