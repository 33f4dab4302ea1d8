import { type ModelTransport, Request, type Transport } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Effect, type Redacted } from "effect"
import type * as AtApple from "../faults/AtApple.ts"
import type { Attempted, Managed } from "../journal/Entry.ts"
import type { Journal } from "../journal/Journal.ts"
import * as Phone from "../scenario/Phone.ts"
import type { Holder } from "../World.ts"
import { issuedAtOf } from "./Bearers.ts"
import type { Operations } from "./Operations.ts"
import * as Paper from "./Paper.ts"

/**
 * The way from one process to Apple and back: it takes its time, trouble befalls it, and every attempt is written down.
 */
export interface Context {
  readonly journal: Journal
  readonly begins: Instant.Instant
  /** The world's time, whatever the process takes for it. */
  readonly now: () => Instant.Instant
  readonly befalls: (it: AtApple.Case) => AtApple.Befallen | null
  readonly holder: (token: string) => Holder | null
  readonly operations: Operations
  /** How often each request was tried, over all processes. */
  readonly attempts: Map<string, number>
  /** Whether the ledger says that Apple has taken a push, or may have. */
  readonly recorded: (pushId: string) => boolean
  /** A channel was made. */
  readonly made: (channelId: string) => void
}

type Service = Transport.Transport["Service"]

/** From a process to Apple, and back. */
const outwardMillis = 20
const homewardMillis = 20

export const make = (
  context: Context,
  real: Service,
  apple: ModelTransport.Apple,
  process: number
): Service => {
  const { attempts, begins, befalls, holder, journal, made, now, operations, recorded } = context
  let underWay = 0

  const exchange = Effect.fnUntraced(function* (request: Request.Request, bearer: Redacted.Redacted<string>) {
    const paper = Paper.of(request)
    yield* Effect.sleep(outwardMillis)
    const id = paper.id === "" ? `nameless ${paper.address}` : paper.id
    const attempt = (attempts.get(id) ?? 0) + 1
    attempts.set(id, attempt)
    const before = now()
    const wasRecorded = recorded(id)
    const owner = paper.route === "token" ? holder(paper.address) : null
    const phone = owner === null ? null : Phone.numberOf(owner.deviceId)
    const it: AtApple.Case = {
      at: before - begins,
      now: before,
      id,
      attempt,
      to: paper.route,
      phone,
      isUpdate: owner?.kind === "update" && owner.alive
    }
    const befallen = befalls(it)
    const trouble = befallen?.trouble ?? null
    if (befallen !== null)
      journal.write({ _tag: "FaultBefell", at: before, kind: befallen.kind, what: `${id}/${attempt}` })
    if (trouble?._tag === "Slow" && trouble.beforeMillis > 0) yield* Effect.sleep(trouble.beforeMillis)
    if (trouble?._tag === "Kills") yield* apple.retire(paper.address, "ExpiredToken", before)

    const note = (told: Told): void => {
      const at = now()
      if (paper.route === "management" && paper.does === "create" && told.channelId !== undefined)
        made(told.channelId)
      if (paper.route === "management")
        journal.write({
          _tag: "Managed",
          at,
          process,
          does: paper.does,
          channelId: told.channelId ?? paper.address,
          taken: told.taken,
          heard: told.heard
        } satisfies Managed)
      else
        journal.write(
          attempted(paper, told, {
            at,
            attempt,
            recorded: wasRecorded,
            bearer,
            owner: owner ?? null,
            process,
            underWay
          })
        )
    }

    switch (trouble?._tag) {
      case "Refuses": {
        note({ taken: false, heard: trouble.status, reason: trouble.reason, retryAfter: trouble.retryAfter })
        yield* Effect.sleep(homewardMillis)
        return {
          _tag: "Answered",
          status: trouble.status,
          apnsId: paper.route === "token" ? id : undefined,
          uniqueId: undefined,
          body: trouble.body,
          headers: trouble.headers,
          connection: 0
        } as const
      }
      case "Unreachable":
        note({ taken: false, heard: "not processed", reason: trouble.why, retryAfter: null })
        yield* Effect.sleep(trouble.afterMillis)
        return { _tag: "NotProcessed", why: trouble.why } as const
      case "Unanswered":
        if (trouble.taken) yield* real.exchange(request, bearer)
        note({ taken: trouble.taken, heard: "unknown", reason: trouble.why, retryAfter: null })
        yield* Effect.sleep(trouble.afterMillis)
        return { _tag: "Unknown", why: trouble.why } as const
      default: {
        const answer = yield* real.exchange(request, bearer)
        note(toldBy(answer))
        yield* Effect.sleep(homewardMillis + (trouble?._tag === "Slow" ? trouble.afterMillis : 0))
        return answer
      }
    }
  })

  return {
    ...real,
    exchange: (request, bearer) =>
      operations.of(
        process,
        "apple.exchange",
        Effect.suspend(() => {
          underWay += 1
          return Effect.ensuring(
            exchange(request, bearer),
            Effect.sync(() => {
              underWay -= 1
            })
          )
        })
      )
  }
}

interface Told {
  readonly taken: boolean
  readonly heard: Attempted["heard"]
  readonly reason: string | null
  readonly retryAfter: number | null
  readonly channelId?: string | undefined
}

const toldBy = (answer: Transport.Answer): Told => {
  if (answer._tag !== "Answered")
    return {
      taken: false,
      heard: answer._tag === "NotProcessed" ? "not processed" : "unknown",
      reason: answer.why,
      retryAfter: null
    }
  const taken = answer.status < 300
  return {
    taken,
    heard: answer.status,
    reason: taken ? null : Paper.reasonIn(answer.body),
    retryAfter: null,
    channelId: answer.headers?.["apns-channel-id"]
  }
}

const attempted = (
  paper: Extract<Paper.Paper, { readonly route: "token" | "channel" }>,
  { heard, reason, retryAfter, taken }: Told,
  it: {
    readonly at: Instant.Instant
    readonly attempt: number
    readonly recorded: boolean
    readonly bearer: Redacted.Redacted<string>
    readonly owner: Holder | null
    readonly process: number
    readonly underWay: number
  }
): Attempted => ({
  _tag: "Attempted",
  at: it.at,
  process: it.process,
  pushId: paper.id,
  attempt: it.attempt,
  recorded: it.recorded,
  route: paper.route,
  address: paper.address,
  deviceId: it.owner?.alive === true ? it.owner.deviceId : null,
  holds:
    paper.route === "channel"
      ? "channel"
      : it.owner === null
        ? "unknown"
        : it.owner.alive
          ? it.owner.kind
          : "dead",
  environment: paper.environment,
  topic: paper.topic,
  pushType: paper.pushType,
  event: paper.says.event ?? paper.pushType,
  stamp: paper.says.stamp,
  priority: paper.priority,
  alert: paper.says.alert,
  bytes: paper.says.bytes,
  body: paper.says.name,
  collapseId: paper.collapseId,
  bearerIssuedAt: issuedAtOf(it.bearer),
  underWay: it.underWay,
  taken,
  heard,
  reason,
  retryAfter
})
