import * as dns from "node:dns/promises"
import * as net from "node:net"
import * as tls from "node:tls"
import { type Duration, Effect } from "effect"
import type { Place } from "../push/Account.ts"
import * as Trouble from "../push/Trouble.ts"
import * as RealTime from "../RealTime.ts"
import * as Finding from "./Finding.ts"
import type { Say } from "./Papers.ts"

/** The way to a host, one layer after the other: its name, its ports, TLS and what is spoken over it. Each has a deadline. */

/** Why a step failed: a code of {@link Trouble}. */
type Code = string

const within = (timeout: Duration.Duration, start: (done: (code: Code | null) => void) => () => void) =>
  Effect.callback<Code | null>((resume) => {
    const stop = start((code) => {
      resume(Effect.succeed(code))
      stop()
    })
    return Effect.sync(() => stop())
  }).pipe(
    Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.succeed("TIMEOUT") }),
    RealTime.provide
  )

interface Target {
  readonly host: string
  readonly port: number
}

export const targetOf = (origin: string): Target => {
  const { hostname, port } = new URL(origin)
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? 443 : Number(port) }
}

const lookUp = (host: string, timeout: Duration.Duration) => {
  let found: ReadonlyArray<string> = []
  return within(timeout, (done) => {
    dns.lookup(host, { all: true }).then(
      (addresses) => {
        found = addresses.map(({ address }) => address)
        done(found.length === 0 ? "ENOTFOUND" : null)
      },
      (error: unknown) => done(Trouble.codeOf(error))
    )
    return () => {}
  }).pipe(Effect.map((code) => ({ code, found })))
}

const connect = ({ host, port }: Target, timeout: Duration.Duration) =>
  within(timeout, (done) => {
    const socket = net.connect({ host, port })
    socket.on("connect", () => done(null))
    socket.on("error", (error) => done(Trouble.codeOf(error)))
    return () => socket.destroy()
  })

interface Secured {
  readonly code: Code | null
  readonly protocol: string
  readonly alpn: string | false | null
  /** Why the certificate is not believed. */
  readonly distrust: Code | null
  readonly issuer: string
}

const secure = ({ host, port }: Target, { ca, timeout }: Place) => {
  let seen = { protocol: "", alpn: null as string | false | null, distrust: null as Code | null, issuer: "" }
  return within(timeout, (done) => {
    const socket = tls.connect({
      host,
      port,
      ...(net.isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
      ALPNProtocols: ["h2"],
      minVersion: "TLSv1.2",
      // Judged below, so that it can be said who signed what is not believed.
      rejectUnauthorized: false
    })
    socket.on("secureConnect", () => {
      const certificate = socket.getPeerCertificate()
      const name = certificate.issuer as Readonly<Record<string, unknown>> | undefined
      const mismatch = tls.checkServerIdentity(host, certificate)
      seen = {
        protocol: socket.getProtocol() ?? "TLS",
        alpn: socket.alpnProtocol,
        distrust: socket.authorized
          ? mismatch === undefined
            ? null
            : "ERR_TLS_CERT_ALTNAME_INVALID"
          : String(socket.authorizationError),
        issuer: [name?.["O"], name?.["CN"]].filter((part) => typeof part === "string").join(", ")
      }
      done(null)
    })
    socket.on("error", (error) => done(Trouble.codeOf(error)))
    socket.on("end", () => done("CLOSED"))
    return () => socket.destroy()
  }).pipe(Effect.map((code): Secured => ({ code, ...seen })))
}

export interface Checks {
  readonly name: string
  readonly port: string
  readonly tls: string
}

/** What a failure of this host is: pushes need it, or channels alone. */
export type Weight = typeof Finding.wrong

/**
 * Walks the way to a host as far as it leads. True where a request can be made there.
 *
 * `spare` is a port that serves as well.
 */
export const examine = (
  place: Place,
  checks: Checks,
  weight: Weight,
  say: Say,
  spare: number | null = null
): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const target = targetOf(place.origin)
    const { host, port } = target
    const rest = (...left: ReadonlyArray<string>) =>
      Effect.as(
        Effect.forEach(left, (check) => say(Finding.skipped(check, `${host} was not reached`))),
        false
      )

    if (net.isIP(host) === 0) {
      const { code, found } = yield* lookUp(host, place.timeout)
      if (code !== null) {
        yield* say(weight(checks.name, `${host}: ${Trouble.meaning(code)}`, Trouble.remedy(code)))
        return yield* rest(checks.port, checks.tls)
      }
      const [first = "", ...others] = found
      yield* say(
        Finding.well(
          checks.name,
          `${host} is ${first}${others.length === 0 ? "" : ` and ${others.length} more`}`
        )
      )
    }

    const code = yield* connect(target, place.timeout)
    const spareCode = spare === null ? null : yield* connect({ host, port: spare }, place.timeout)
    if (code !== null) {
      const way =
        spare !== null && spareCode === null
          ? `; ${spare} is open, and serves as well: --host ${place.origin}:${spare}`
          : ""
      yield* say(weight(checks.port, `${host}:${port}: ${Trouble.meaning(code)}`, Trouble.remedy(code) + way))
      return yield* rest(checks.tls)
    }
    yield* say(
      spare === null
        ? Finding.well(checks.port, `${host}:${port} takes connections`)
        : spareCode === null
          ? Finding.well(checks.port, `${port} and ${spare} of ${host} take connections`)
          : Finding.look(
              checks.port,
              `${port} of ${host} takes connections, ${spare} does not (${Trouble.meaning(spareCode)})`,
              `only needed where a firewall keeps ${port} shut`
            )
    )

    const secured = yield* secure(target, place)
    const bad = secured.code ?? secured.distrust ?? (secured.alpn === "h2" ? null : "NO_H2")
    if (bad !== null) {
      const signer = bad === secured.distrust && secured.issuer !== "" ? ` (signed by ${secured.issuer})` : ""
      yield* say(weight(checks.tls, `${host}:${port}: ${Trouble.meaning(bad)}${signer}`, Trouble.remedy(bad)))
      return false
    }
    yield* say(
      Finding.well(
        checks.tls,
        `${secured.protocol.replace("v", " ")}, HTTP/2; the certificate is good, signed by ${secured.issuer}`
      )
    )
    return true
  })
