import { Redacted, Result } from "effect"

/**
 * What a variable may hold: how it is read, and how that is said to a person.
 *
 * `wants` completes the sentence "it is not …" and stands in the reference, so that both say the same.
 */
export interface Kind<out A> {
  readonly wants: string
  /** What was given, without blanks around it; the failure completes "it …". */
  readonly read: (given: string) => Result.Result<A, string>
  /** Neither shown nor repeated, also where it is wrong. */
  readonly secret: boolean
}

const make = <A>(wants: string, read: (given: string) => A | undefined): Kind<A> => ({
  wants,
  secret: false,
  read: (given) => {
    const value = read(given)
    return value === undefined ? Result.fail(`is not ${wants}`) : Result.succeed(value)
  }
})

const between = (low: number, high: number, whole: boolean): Kind<number> =>
  make(`a ${whole ? "whole number" : "number"} from ${low} to ${high}`, (given) => {
    const value = Number(given)
    const fits = Number.isFinite(value) && value >= low && value <= high
    return fits && (!whole || Number.isInteger(value)) ? value : undefined
  })

export const number = (low: number, high: number): Kind<number> => between(low, high, false)
export const wholeNumber = (low: number, high: number): Kind<number> => between(low, high, true)

/** Any text; `wants` says what it names. */
export const text = (wants: string): Kind<string> => make(wants, (given) => given)

export const pattern = (wants: string, shape: RegExp): Kind<string> =>
  make(wants, (given) => (shape.test(given) ? given : undefined))

export const oneOf = <const Name extends string>(...names: ReadonlyArray<Name>): Kind<Name> =>
  make(names.length === 2 ? names.join(" or ") : `one of ${names.join(", ")}`, (given) =>
    names.find((name) => name === given.toLowerCase())
  )

const switches: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  yes: true,
  "1": true,
  off: false,
  false: false,
  no: false,
  "0": false
}

export const onOff: Kind<boolean> = make("on or off", (given) =>
  Object.hasOwn(switches, given.toLowerCase()) ? switches[given.toLowerCase()] : undefined
)

/** Several of a kind, with commas between them. */
export const list = <A>(kind: Kind<A>): Kind<ReadonlyArray<A>> => ({
  wants: `a list with commas, each ${kind.wants}`,
  secret: kind.secret,
  read: (given) => {
    const values: Array<A> = []
    for (const part of given.split(",").map((part) => part.trim())) {
      if (part === "") continue
      const read = kind.read(part)
      if (Result.isFailure(read))
        return Result.fail(kind.secret ? read.failure : `has ${part}, which ${read.failure}`)
      values.push(read.success)
    }
    return Result.succeed(values)
  }
})

const hasScheme = (given: string, schemes: ReadonlyArray<string>): URL | null => {
  const url = URL.parse(given)
  return url !== null && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== "" ? url : null
}

/** An address without a user's name and password, which have a setting of their own where they are needed. */
export const url = (...schemes: ReadonlyArray<string>): Kind<URL> =>
  make(`an address such as ${schemes[0]}://example.com`, (given) => {
    const url = hasScheme(given, schemes)
    return url !== null && url.username === "" && url.password === "" ? url : undefined
  })

/** What is said over it cannot be read or changed on the way; within this machine that holds for plain http as well. */
export const isSecure = ({ hostname, protocol }: URL): boolean =>
  protocol === "https:" ||
  (protocol === "http:" && /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname))

/** An address as it is written, to the letter, that can be trusted to lead where it says. */
export const secureAddress: Kind<string> = make("an https address", (given) => {
  const url = hasScheme(given, ["https", "http"])
  return url !== null && isSecure(url) && url.username === "" && url.password === "" ? given : undefined
})

/** Where a page comes from, as browsers write it: no path, no slash at the end, no `*`. */
export const origin: Kind<string> = make("an origin such as https://console.example.com", (given) =>
  hasScheme(given, ["https", "http"])?.origin === given ? given : undefined
)

const hidden = <A>(kind: Kind<A>): Kind<Redacted.Redacted<A>> => ({
  wants: kind.wants,
  secret: true,
  read: (given) => Result.map(kind.read(given), (value) => Redacted.make(value))
})

/** An address that may hold a password. */
export const secretUrl = (
  example: string,
  ...schemes: ReadonlyArray<string>
): Kind<Redacted.Redacted<string>> =>
  hidden(make(`an address such as ${example}`, (given) => (hasScheme(given, schemes) ? given : undefined)))

/** Something nobody guesses: so long at least, and not one sign over and over. */
export const secret = (what: string, shortest = 1): Kind<Redacted.Redacted<string>> => ({
  wants: shortest > 1 ? `${what} of ${shortest} signs at least` : what,
  secret: true,
  read: (given) =>
    given.length < shortest
      ? Result.fail(`is shorter than ${shortest} signs, and could be guessed`)
      : shortest > 1 && new Set(given).size < 8
        ? Result.fail("repeats a few signs, and could be guessed")
        : Result.succeed(Redacted.make(given))
})

/** Names with values, as `name=value` with commas; the values may be secrets. */
export const pairs = (wants: string): Kind<Redacted.Redacted<Readonly<Record<string, string>>>> => ({
  wants,
  secret: true,
  read: (given) => {
    const found: Record<string, string> = {}
    for (const part of given.split(",")) {
      const [, name, value] = /^\s*([A-Za-z0-9._-]+)\s*=\s*(.*?)\s*$/.exec(part) ?? []
      if (name === undefined || value === undefined) return Result.fail(`is not ${wants}`)
      found[name] = decodeURIComponent(value)
    }
    return Result.succeed(Redacted.make(found))
  }
})
