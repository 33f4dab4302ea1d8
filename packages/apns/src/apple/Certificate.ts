import type { Environment } from "../Handling.ts"

/**
 * A provider's certificate as Apple reads it: which topics it covers, and in which of Apple's worlds.
 *
 * Apple: "Establishing a certificate-based connection to APNs". What it is for stands in extensions of Apple's own. Whether
 * it is signed by the right authority and still good, TLS says.
 */
export interface Certificate {
  /** Apple's authority has signed it, and it has neither expired nor been withdrawn. */
  readonly trusted: boolean
  readonly environments: ReadonlyArray<Environment>
  /** Whole topics, suffixes included. */
  readonly topics: ReadonlyArray<string>
}

/** What Apple's extensions are called. */
export const extensions = {
  sandbox: "1.2.840.113635.100.6.3.1",
  production: "1.2.840.113635.100.6.3.2",
  topics: "1.2.840.113635.100.6.3.6"
} as const

/** The UID of a subject (RFC 4519 2.39): a bundle ID, or the topic of device management. */
export const userId = "0.9.2342.19200300.100.1.1"

/**
 * Reads a certificate's DER. One without a list of topics covers the UID of its subject alone, one without an environment
 * none. Bytes that are no certificate cover nothing.
 */
export const read = (der: Uint8Array): Omit<Certificate, "trusted"> => {
  const [certificate] = values(der)
  const [signed] = certificate === undefined ? [] : values(certificate.content)
  const parts = signed === undefined ? [] : values(signed.content)
  const found = new Map<string, Uint8Array>()
  const wrapped = parts.find(({ tag }) => tag === 0xa3)
  const [list] = wrapped === undefined ? [] : values(wrapped.content)
  for (const extension of list === undefined ? [] : values(list.content)) {
    const [name, ...rest] = values(extension.content)
    const value = rest.at(-1)
    if (name?.tag === 0x06 && value?.tag === 0x04) found.set(oidOf(name.content), value.content)
  }
  const topics = found.get(extensions.topics)
  // Version, serial number, algorithm, issuer, validity, subject.
  const subject = parts[5]
  const uid = subject === undefined ? undefined : nameIn(subject.content)
  return {
    environments: (["sandbox", "production"] as const).filter((one) => found.has(extensions[one])),
    topics: topics === undefined ? (uid === undefined ? [] : [uid]) : topicsIn(topics)
  }
}

/** The topics extension: each topic, followed by a list of what it is for. */
const topicsIn = (der: Uint8Array): ReadonlyArray<string> => {
  const [list] = values(der)
  return list === undefined
    ? []
    : values(list.content).flatMap(({ content, tag }) => (tag === 0x0c ? [utf8.decode(content)] : []))
}

const nameIn = (subject: Uint8Array): string | undefined => {
  for (const set of values(subject)) {
    for (const pair of values(set.content)) {
      const [name, value] = values(pair.content)
      if (name !== undefined && value !== undefined && oidOf(name.content) === userId) {
        return utf8.decode(value.content)
      }
    }
  }
  return undefined
}

/** Writes the topics extension. */
export const topicsDer = (topics: ReadonlyArray<string>): Uint8Array =>
  tagged(
    0x30,
    topics.flatMap((topic) => [
      ...tagged(0x0c, new TextEncoder().encode(topic)),
      ...tagged(0x30, tagged(0x0c, new TextEncoder().encode(purposeOf(topic))))
    ])
  )

const purposeOf = (topic: string): string => /\.(voip|complication)$/.exec(topic)?.[1] ?? "app"

// ------------------------------------------------------------------ DER (X.690), as far as certificates need it

interface Value {
  readonly tag: number
  readonly content: Uint8Array
}

const utf8 = new TextDecoder()

/** The values that follow one another; what is no DER ends them. */
const values = (der: Uint8Array): ReadonlyArray<Value> => {
  const found: Array<Value> = []
  for (let at = 0; at + 2 <= der.length;) {
    const tag = der[at]!
    let length = der[at + 1]!
    let from = at + 2
    if (length > 0x84 || length === 0x80) break
    if (length > 0x80) {
      const digits = length & 0x7f
      length = 0
      for (let nth = 0; nth < digits; nth++) length = length * 256 + (der[from++] ?? 0)
    }
    if (from + length > der.length) break
    found.push({ tag, content: der.subarray(from, from + length) })
    at = from + length
  }
  return found
}

const oidOf = (content: Uint8Array): string => {
  const numbers: Array<number> = []
  let number = 0
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    if (numbers.length > 0) numbers.push(number)
    else {
      // The first two share a number.
      const first = Math.min(2, Math.floor(number / 40))
      numbers.push(first, number - 40 * first)
    }
    number = 0
  }
  return numbers.join(".")
}

const tagged = (tag: number, content: ArrayLike<number>): Uint8Array => {
  const { length } = content
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >>> 8, length & 0xff]
  return Uint8Array.from([...head, ...Array.from(content)])
}
