import * as tls from "node:tls"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/**
 * A provider's certificate and its private key: the other way to tell Apple who sends.
 *
 * Apple: such a connection needs no bearer token, takes many streams from the start, and may push to the topics that the
 * certificate lists and to no others. Live Activities and location pushes need bearer tokens.
 */
export class ClientCertificate {
  /** PEM, with the certificates of intermediate authorities after it, if any. */
  readonly certificate: string
  /** PEM. */
  readonly privateKey: Redacted.Redacted<string>

  private constructor(certificate: string, privateKey: Redacted.Redacted<string>) {
    this.certificate = certificate
    this.privateKey = privateKey
  }

  /** Finds out before anything is sent whether TLS can use them. */
  static readonly make = (pems: {
    readonly certificate: string
    readonly privateKey: Redacted.Redacted<string>
  }): Effect.Effect<ClientCertificate, CertificateUnreadable> => {
    const certificate = unfolded(pems.certificate)
    const key = unfolded(Redacted.value(pems.privateKey))
    return Effect.try({
      try: () => {
        tls.createSecureContext({ cert: certificate, key })
        return new ClientCertificate(certificate, Redacted.make(key, { label: "certificate-key" }))
      },
      catch: (cause) => new CertificateUnreadable({ hint: hintOf(certificate, key, cause), cause })
    })
  }

  /** From settings: `APNS_CERTIFICATE` and `APNS_CERTIFICATE_KEY`, the PEMs themselves. */
  static readonly fromConfig = Effect.flatMap(
    Config.all({
      certificate: Config.NonEmptyString("APNS_CERTIFICATE"),
      privateKey: Config.Redacted("APNS_CERTIFICATE_KEY")
    }),
    (pems) => ClientCertificate.make(pems)
  )
}

/** TLS cannot use a certificate or its key. */
export class CertificateUnreadable extends Schema.TaggedError<CertificateUnreadable>()(
  "CertificateUnreadable",
  { hint: Schema.String, cause: Schema.Defect() }
) {
  override get message() {
    return `the client certificate cannot be used: ${this.hint}`
  }
}

/** Settings often hold a PEM in one line, with `\n` spelled out. */
const unfolded = (pem: string): string =>
  `${pem
    .replaceAll(/\\r|\r/g, "")
    .replaceAll("\\n", "\n")
    .trim()}\n`

/** What people mix up. The texts themselves are never shown. */
const hintOf = (certificate: string, key: string, cause: unknown): string => {
  if (!certificate.includes("BEGIN CERTIFICATE")) {
    return certificate.includes("PRIVATE KEY")
      ? "the certificate is a private key"
      : "the certificate is no PEM (a .p12 file is to be converted first)"
  }
  if (key.includes("ENCRYPTED")) return "the private key is locked with a password"
  if (!key.includes("PRIVATE KEY")) return "the private key is no PEM of a private key"
  return /mismatch/i.test(String(cause)) ? "the private key belongs to another certificate" : "it is damaged"
}
