import { webcrypto } from "node:crypto"
import { DateTime, Effect, Redacted, Schema } from "effect"
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
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)
  return {
    ca: ca.toString("pem"),
    certificate: certificate.toString("pem"),
    privateKey: Redacted.make(x509.PemConverter.encode(pkcs8, "PRIVATE KEY"), { label: "server-key" })
  }
}
