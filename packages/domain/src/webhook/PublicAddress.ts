/**
 * Which addresses a server may be sent to by somebody else's word.
 *
 * A webhook goes where its owner says. An address inside the house (a database, a cloud's metadata, the server itself) is not
 * to be reached that way, in whatever form it is written: IANA's special-purpose registries for IPv4 and IPv6, and every form
 * of IPv6 that carries an IPv4 address within.
 */
export interface Range {
  /** As it is usually written: the address, and how many of its first bits count. */
  readonly cidr: string
  readonly what: string
}

export const refused: ReadonlyArray<Range> = [
  { cidr: "0.0.0.0/8", what: "this network" },
  { cidr: "10.0.0.0/8", what: "private" },
  { cidr: "100.64.0.0/10", what: "shared by a provider's customers" },
  { cidr: "127.0.0.0/8", what: "loopback" },
  { cidr: "169.254.0.0/16", what: "link-local" },
  { cidr: "172.16.0.0/12", what: "private" },
  { cidr: "192.0.0.0/24", what: "for protocols" },
  { cidr: "192.0.2.0/24", what: "for documentation" },
  { cidr: "192.31.196.0/24", what: "for the AS112 service" },
  { cidr: "192.52.193.0/24", what: "for multicast tunnels" },
  { cidr: "192.88.99.0/24", what: "a 6to4 relay" },
  { cidr: "192.168.0.0/16", what: "private" },
  { cidr: "192.175.48.0/24", what: "for the AS112 service" },
  { cidr: "198.18.0.0/15", what: "for benchmarks" },
  { cidr: "198.51.100.0/24", what: "for documentation" },
  { cidr: "203.0.113.0/24", what: "for documentation" },
  { cidr: "224.0.0.0/4", what: "multicast" },
  { cidr: "240.0.0.0/4", what: "reserved" },
  { cidr: "::1/128", what: "loopback" },
  { cidr: "::ffff:0:0/96", what: "an IPv4 address in IPv6" },
  { cidr: "::ffff:0:0:0/96", what: "a translated IPv4 address" },
  { cidr: "::/96", what: "unspecified, or an IPv4 address in an old form" },
  { cidr: "64:ff9b::/96", what: "NAT64" },
  { cidr: "64:ff9b:1::/48", what: "NAT64 of the house" },
  { cidr: "100::/64", what: "discarded" },
  { cidr: "2001::/23", what: "for protocols, Teredo among them" },
  { cidr: "2001:db8::/32", what: "for documentation" },
  { cidr: "2002::/16", what: "6to4" },
  { cidr: "2620:4f:8000::/48", what: "for the AS112 service" },
  { cidr: "3fff::/20", what: "for documentation" },
  { cidr: "5f00::/16", what: "segment routing" },
  { cidr: "fc00::/7", what: "private" },
  { cidr: "fe80::/10", what: "link-local" },
  { cidr: "fec0::/10", what: "site-local" },
  { cidr: "ff00::/8", what: "multicast" }
]

/** Of IPv6 only this has been given out to be reached from everywhere. */
const global: Range = { cidr: "2000::/3", what: "global" }

type Bytes = ReadonlyArray<number>

const ofV4 = (text: string): Bytes | null => {
  const parts = text.split(".")
  // No octal, no hexadecimal, no single number: what one program reads so another reads otherwise.
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return null
  const bytes = parts.map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : null
}

const ofV6 = (text: string): Bytes | null => {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const v4 = tail === null ? [] : ofV4(tail[2]!)
  if (v4 === null) return null
  const groups = tail === null ? text : `${tail[1]}${hex(v4[0]!, v4[1]!)}:${hex(v4[2]!, v4[3]!)}`
  const halves = groups.split("::")
  if (halves.length > 2) return null
  const [head, rest] = halves.map((half) => (half === "" ? [] : half.split(":"))) as [
    Array<string>,
    Array<string>?
  ]
  const missing = 8 - head.length - (rest?.length ?? 0)
  if (rest === undefined ? missing !== 0 : missing < 1) return null
  const all = [
    ...head,
    ...Array.from({ length: rest === undefined ? 0 : missing }, () => "0"),
    ...(rest ?? [])
  ]
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null
  return all.flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

const hex = (high: number, low: number): string => (high * 256 + low).toString(16)

/** The bytes of an address, four or sixteen; null for what is none, one with a zone among them. */
export const parse = (text: string): Bytes | null => (text.includes(":") ? ofV6(text) : ofV4(text))

const isIn = (address: Bytes, { cidr }: Range): boolean => {
  const [base, bits] = cidr.split("/") as [string, string]
  const range = parse(base)!
  if (range.length !== address.length) return false
  const length = Number(bits)
  return range.every((byte, index) => {
    const counts = Math.max(0, Math.min(8, length - index * 8))
    const mask = (0xff << (8 - counts)) & 0xff
    return (byte & mask) === (address[index]! & mask)
  })
}

/** Why an address may not be reached, in a few words; null for one that everybody can reach. */
export const refusal = (text: string): string | null => {
  const address = parse(text)
  if (address === null) return `${text} is no address`
  const range = refused.find((one) => isIn(address, one))
  if (range !== undefined) return `${text} is not public (${range.cidr}: ${range.what})`
  return address.length === 16 && !isIn(address, global) ? `${text} is not public` : null
}

/** Whether an address is this machine's own. */
export const isLoopback = (text: string): boolean => {
  const address = parse(text)
  return address !== null && refused.some((range) => range.what === "loopback" && isIn(address, range))
}
