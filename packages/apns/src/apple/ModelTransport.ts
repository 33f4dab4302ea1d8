import { Instant } from "@sightscreen/decider"
import { Clock, Context, Duration, Effect, Layer, Redacted, Result } from "effect"
import * as Request from "../Request.ts"
import { type Answer, Transport, type Why } from "../transport/Transport.ts"
import * as Gate from "./Gate.ts"
import type { Jwt } from "./Jwt.ts"

/**
 * The model Apple without sockets: a transport whose other end is the gate itself.
 *
 * Nothing in it truly waits, so a world around it can run in virtual time. Signatures are not verified: the bearer token
 * is right when it is the one that the world's `ProviderToken` gives. What is accepted goes to `onAccepted`, before the
 * answer goes to the sender.
 */
export interface Apple {
  readonly register: (token: Gate.Known) => Effect.Effect<void>
  /** The same at once, for those who stand inside a callback. */
  readonly registerUnsafe: (token: Gate.Known) => void
  readonly retire: (token: string, reason?: "Unregistered" | "ExpiredToken") => Effect.Effect<void>
  /** Until `Heal`; a later fault takes the place of an earlier one. */
  readonly inject: (fault: Fault) => Effect.Effect<void>
  readonly counts: Effect.Effect<Counts>
}

export interface Counts {
  readonly requests: number
  readonly accepted: number
}

/** What can go wrong between a sender and Apple. Where `tokens` is given, it goes wrong for those alone. */
export type Fault = { readonly tokens?: ReadonlySet<string> } & (
  | {
      readonly _tag: "Refuse"
      readonly status: number
      readonly reason: string
      readonly timestamp?: Instant.Instant
    }
  /** Apple is not reached: nothing is processed, and the sender knows it. */
  | { readonly _tag: "Unreachable"; readonly why?: Why }
  /** Apple takes what it is sent, and its answers get lost. */
  | { readonly _tag: "Mute" }
  | { readonly _tag: "Heal" }
)

export interface Options {
  /** Told of every accepted push. Must not throw. */
  readonly onAccepted: (push: Gate.Accepted) => void
  readonly rules?: Partial<Omit<Gate.Rules, "keys">>
  /** The one bearer token that is right; that of `ProviderToken.layerTest` unless given. */
  readonly bearer?: string
  /** From the sender to Apple, and back, in the world's time. */
  readonly outward?: Duration.Input
  readonly homeward?: Duration.Input
}

export class ModelApple extends Context.Service<ModelApple, Apple>()("@sightscreen/apns/ModelApple") {}

const key: Gate.Key = { keyId: "MODELKEY01", teamId: "MODELTEAM1" }
const connection = 1

/** Builds the model once; its `transport` may be given to one sender after another, as Apple outlives its senders. */
export const make = (
  options: Options
): { readonly apple: Apple; readonly transport: Transport["Service"] } => {
  const { bearer: right = "test-token", homeward = 0, onAccepted, outward = 0 } = options
  let gate = Gate.make(Gate.rules({ ...options.rules, keys: [key] }))
  let fault: Fault = { _tag: "Heal" }
  let requests = 0
  let accepted = 0

  const say = (input: Gate.Input): ReadonlyArray<Gate.Output> => {
    const [next, outputs] = Gate.step(gate, input)
    gate = next
    return outputs
  }

  const judge = (request: Request.Request, bearer: string, at: Instant.Instant): Answer => {
    const id = spareId(++requests)
    const hit = fault.tokens?.has(request.path.slice(request.path.lastIndexOf("/") + 1)) ?? true
    if (hit && fault._tag === "Unreachable")
      return { _tag: "NotProcessed", why: fault.why ?? "no-connection" }
    if (hit && fault._tag === "Refuse") {
      const { reason, status, timestamp } = fault
      return answered(status, id, JSON.stringify({ reason, timestamp }))
    }
    const outputs = say({
      _tag: "Request",
      at,
      connection,
      method: "POST",
      path: request.path,
      headers: [
        ...Request.headers(request).filter(([name]) => !name.startsWith(":")),
        ["authorization", `bearer ${bearer}`]
      ],
      body: request.body,
      jwt: Result.succeed(jwtOf(bearer, at)),
      signature: bearer === right ? "valid" : "invalid",
      spareId: id
    })
    let answer: Answer = { _tag: "Unknown", why: "lost" }
    for (const output of outputs) {
      if (output._tag === "Accepted") {
        accepted += 1
        onAccepted(output)
      }
      if (output._tag === "Response") {
        const { apnsId, reason, status, timestamp } = output
        answer = answered(status, apnsId, reason === undefined ? "" : JSON.stringify({ reason, timestamp }))
      }
    }
    return hit && fault._tag === "Mute" ? { _tag: "Unknown", why: "deadline" } : answer
  }

  return {
    apple: {
      register: (token) => Effect.sync(() => void say({ _tag: "Registered", token })),
      registerUnsafe: (token) => void say({ _tag: "Registered", token }),
      retire: (token, reason = "Unregistered") =>
        Effect.map(now, (at) => void say({ _tag: "Retired", token, at, reason })),
      inject: (next) =>
        Effect.sync(() => {
          fault = next
        }),
      counts: Effect.sync(() => ({ requests, accepted }))
    },
    transport: {
      exchange: Effect.fnUntraced(function* (request, bearer) {
        yield* pause(outward)
        const answer = judge(request, Redacted.value(bearer), yield* now)
        yield* pause(homeward)
        return answer
      }),
      disown: () => Effect.void
    }
  }
}

export const layer = (options: Options): Layer.Layer<Transport | ModelApple> =>
  Layer.unwrap(
    Effect.sync(() => {
      const { apple, transport } = make(options)
      return Layer.merge(Layer.succeed(Transport, transport), Layer.succeed(ModelApple, apple))
    })
  )

const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)

const pause = (duration: Duration.Input): Effect.Effect<void> => {
  const millis = Duration.toMillis(duration)
  return millis > 0 ? Effect.sleep(millis) : Effect.void
}

const answered = (status: number, apnsId: string, body: string): Answer => ({
  _tag: "Answered",
  status,
  apnsId,
  uniqueId: undefined,
  body,
  connection
})

/** A bearer token that is no JWT, read as one that is always young. */
const jwtOf = (bearer: string, at: Instant.Instant): Jwt => ({
  text: bearer,
  keyId: key.keyId,
  teamId: key.teamId,
  issuedAtSeconds: Instant.toSeconds(at),
  signed: "",
  signature: new Uint8Array()
})

const spareId = (nth: number): string => `00000000-0000-4000-8000-${nth.toString(16).padStart(12, "0")}`
