import { Instant } from "@sightscreen/decider"
import { type Bulletin, Cohort, Edition, type Ids, Outbox } from "@sightscreen/domain"
import { Editions, type Fault } from "@sightscreen/store"
import { Context, Duration, Effect, Latch, Layer, Result, Schema, Stream } from "effect"
import { Aftermath } from "./Aftermath.ts"
import { AppSettings } from "./AppSettings.ts"
import { Audience } from "./Audience.ts"
import { Dispatcher, type Mailing, type Recipient } from "./Dispatcher.ts"
import * as Envelope from "./Envelope.ts"
import { now } from "./Now.ts"

const encodeEdition = Schema.encodeSync(Schema.toCodecJson(Edition.Edition))
const decodeEdition = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.toCodecJson(Edition.Edition)))

/** An edition as it is kept with the state of its match until it has gone out. */
export const draftOf = (edition: Edition.Edition): Editions.Draft => ({
  editionId: edition.id,
  stamp: edition.stamp,
  cohort: Cohort.nameOf(edition.cohort),
  body: JSON.stringify(encodeEdition(edition))
})

/**
 * One match's way out.
 *
 * One mailing at a time, so that what phones are sent only ever gets newer: first what must be told, then plain state, then
 * the newest state for phones that are behind it. A phone whose token has just come is told last: the state it is sent
 * must not carry the stamp of an alert that it is yet to hear.
 *
 * What is said without an Effect takes place at once, in one breath with whatever its caller does.
 */
export interface Lane {
  /** Editions of a bulletin, for every cohort; those to be kept belong into the same save as the state. */
  readonly editions: (bulletin: Bulletin.Bulletin) => Effect.Effect<ReadonlyArray<Edition.Edition>>
  readonly offer: (editions: ReadonlyArray<Edition.Edition>) => void
  /** Phones that are to be sent the newest state when their turn comes. */
  readonly refresh: (recipients: ReadonlyArray<Recipient>) => void
  /** Tokens that are not to be sent anything more; an audience that was read before may still have them. */
  readonly leave: (tokens: ReadonlyArray<string>) => void
  /** Activities that are to go off the lock screen and could not be told so until now. */
  readonly remove: (recipients: ReadonlyArray<Recipient>, at: Instant.Instant) => void
  /** Sends what waits, for as long as the match has a runner. */
  readonly run: Effect.Effect<never>
  /** Done when nothing waits and nothing is under way. Phones that Apple would not take pushes for are not waited for. */
  readonly idle: Effect.Effect<void>
}

/** Between two tries to reach phones that missed something, longer each time it was in vain. */
const pauses = [5, 10, 20, 30].map((seconds) => Duration.seconds(seconds))

/** Opens a match's way out. */
export class Lanes extends Context.Service<
  Lanes,
  {
    /** What a process before this one left unsent is sent first; then every phone the newest state, for it may be behind. */
    readonly open: (
      matchId: Ids.MatchId,
      standing: () => Bulletin.Bulletin | null
    ) => Effect.Effect<Lane, Fault.Fault>
  }
>()("@sightscreen/engine/Lanes") {
  static readonly layer = Layer.effect(
    Lanes,
    Effect.gen(function* () {
      const address = yield* AppSettings
      const aftermath = yield* Aftermath
      const audience = yield* Audience
      const dispatcher = yield* Dispatcher
      const kept = yield* Editions.Editions

      const open = Effect.fnUntraced(function* (
        matchId: Ids.MatchId,
        standing: () => Bulletin.Bulletin | null
      ) {
        const wake = yield* Latch.make()
        const quiet = yield* Latch.make(true)
        let outbox = Outbox.empty
        const resumed = new Set<string>()
        /** Everybody may be behind. */
        let everybody = standing() !== null
        const late = new Map<string, Recipient>()
        const missed = new Map<string, Recipient>()
        const removals = new Map<string, Recipient>()
        const left = new Set<string>()
        let retryAt: Instant.Instant | null = null
        let vain = 0

        const postpone = (at: Instant.Instant) => {
          retryAt ??= Instant.plus(at, pauses[Math.min(vain, pauses.length - 1)]!)
        }
        const rouse = () => {
          quiet.closeUnsafe()
          wake.openUnsafe()
        }

        for (const row of yield* kept.pending(matchId)) {
          const edition = decodeEdition(row.body)
          if (Result.isFailure(edition)) {
            yield* Effect.logError("an edition that waits cannot be read, and is given up", row.editionId)
            yield* kept.finish(row.editionId, yield* now)
            continue
          }
          resumed.add(edition.success.id)
          ;[outbox] = Outbox.step(outbox, { _tag: "Offered", edition: edition.success })
        }
        if (everybody || !Outbox.isEmpty(outbox)) rouse()

        const take = (): Edition.Edition | null => {
          const [next, [edition]] = Outbox.step(outbox, { _tag: "Taken" })
          outbox = next
          return edition ?? null
        }

        const send = Effect.fnUntraced(function* (mailing: Mailing, recipients: ReadonlyArray<Recipient>) {
          for (const { token } of recipients) {
            late.delete(token)
            missed.delete(token)
          }
          const answers = yield* dispatcher.send(mailing, recipients)
          const later = yield* aftermath.settle(mailing.kind, answers)
          for (const one of later) if (!left.has(one.token)) missed.set(one.token, one)
          if (later.length > 0) postpone(yield* now)
          else if (answers.length > 0) vain = 0
        })

        const toAll = (
          mailing: Mailing,
          afterSlice: (slices: number) => Effect.Effect<void, Fault.Fault>
        ) => {
          let slices = 0
          return audience.of(matchId).pipe(
            Stream.runForEach((recipients) =>
              Effect.gen(function* () {
                yield* send(mailing, recipients)
                slices += 1
                yield* afterSlice(slices)
              })
            )
          )
        }

        /** What is no longer worth a noise is not told; the state that came of it is. */
        const isSpent = (edition: Edition.Edition, at: Instant.Instant): boolean =>
          edition.alert !== null && edition.event === "update" && at > edition.expiresAt

        const tell = Effect.fnUntraced(function* (edition: Edition.Edition) {
          const done = Edition.isKept(edition)
            ? Effect.flatMap(now, (at) => kept.finish(edition.id, at))
            : Effect.void
          const sealed = Envelope.edition(edition, address)
          if (Result.isFailure(sealed)) {
            yield* Effect.logError("an edition is too large to send", edition.id)
            everybody = true
            return yield* done
          }
          const mailing: Mailing = {
            cause: edition.id,
            kind: Edition.kindOf(edition),
            matchId,
            stamp: edition.stamp,
            priority: edition.priority,
            alert: edition.alert !== null,
            sealed: sealed.success,
            until: edition.expiresAt,
            resumed: resumed.has(edition.id)
          }
          if (isSpent(edition, yield* now)) everybody = true
          else {
            yield* toAll(mailing, (slices) =>
              Edition.isKept(edition) ? kept.advance(edition.id, slices) : Effect.void
            )
          }
          yield* done
          resumed.delete(edition.id)
        })

        /** The newest state as a mailing; null before the first reading. Who cannot be reached has another turn. */
        const newest = Effect.fnUntraced(function* () {
          const bulletin = standing()
          if (bulletin === null) return null
          const at = yield* now
          const mailing = standingMailing(bulletin, address, at)
          if (mailing === null) yield* Effect.logError("a bulletin does not fit into a push", matchId)
          return mailing === null ? null : { ...mailing, until: at }
        })

        const tellEverybody = Effect.gen(function* () {
          everybody = false
          const mailing = yield* newest()
          if (mailing !== null) yield* toAll(mailing, () => Effect.void)
        })

        const tellLate = Effect.gen(function* () {
          const some = [...late.values()].slice(0, Audience.slice)
          for (const { token } of some) late.delete(token)
          const mailing = yield* newest()
          if (mailing === null) return
          yield* send(mailing, some).pipe(Effect.tapError(() => Effect.sync(() => lane.refresh(some))))
        })

        const tellMissed = Effect.gen(function* () {
          retryAt = null
          vain += 1
          for (const [token, one] of missed) late.set(token, one)
          missed.clear()
          const gone = [...removals.values()]
          removals.clear()
          if (gone.length === 0) return
          const at = yield* now
          const mailing = removalMailing(matchId, standing()?.stamp ?? null, address, at)
          if (mailing === null) return
          yield* dispatcher.send({ ...mailing, until: at }, gone).pipe(
            Effect.flatMap((answers) => aftermath.settle(mailing.kind, answers)),
            Effect.tap((later) => Effect.sync(() => lane.remove(later, at))),
            // An end that is sent twice is harmless; one that is forgotten stays on a lock screen for hours.
            Effect.tapError(() => Effect.sync(() => lane.remove(gone, at)))
          )
        })

        /** A store that does not answer loses nothing: what could not be done is done a little later. */
        const orAgain = (errand: Effect.Effect<void, Fault.Fault>, again: () => void): Effect.Effect<void> =>
          Effect.catch(errand, (error) =>
            Effect.gen(function* () {
              yield* Effect.logError(`match ${matchId}: a mailing could not be finished`, error)
              again()
              yield* Effect.sleep("1 second")
            })
          )

        const drain = Effect.gen(function* () {
          for (;;) {
            const edition = take()
            if (edition !== null) {
              yield* orAgain(tell(edition), () => {
                if (!Edition.isKept(edition)) {
                  everybody = true
                  return
                }
                resumed.add(edition.id)
                ;[outbox] = Outbox.step(outbox, { _tag: "Offered", edition })
              })
            } else if (everybody) {
              yield* orAgain(tellEverybody, () => {
                everybody = true
              })
            } else if (late.size > 0) yield* orAgain(tellLate, () => {})
            else if (retryAt !== null && (yield* now) >= retryAt) yield* orAgain(tellMissed, () => {})
            else return
          }
        })

        const patience = Effect.gen(function* () {
          if (retryAt === null) return yield* wake.await
          yield* wake.await.pipe(Effect.timeoutOption(Instant.since(retryAt, yield* now)))
        })

        const run = Effect.gen(function* () {
          for (;;) {
            yield* patience
            wake.closeUnsafe()
            yield* drain
            if (Outbox.isEmpty(outbox) && !everybody && late.size === 0) quiet.openUnsafe()
          }
        })

        const lane: Lane = {
          editions: (bulletin) => {
            const edition = Edition.of(bulletin, Cohort.tokens)
            return Result.isSuccess(edition)
              ? Effect.succeed([edition.success])
              : Effect.as(Effect.logError("a bulletin does not fit into a push", edition.failure), [])
          },
          offer: (offered) => {
            for (const edition of offered) [outbox] = Outbox.step(outbox, { _tag: "Offered", edition })
            if (offered.length > 0) rouse()
          },
          refresh: (recipients) => {
            for (const one of recipients) if (!left.has(one.token)) late.set(one.token, one)
            if (recipients.length > 0) rouse()
          },
          leave: (tokens) => {
            for (const token of tokens) {
              left.add(token)
              late.delete(token)
              missed.delete(token)
            }
          },
          remove: (recipients, at) => {
            for (const one of recipients) removals.set(one.token, one)
            if (recipients.length > 0) {
              postpone(at)
              wake.openUnsafe()
            }
          },
          run: run as Effect.Effect<never>,
          idle: quiet.await
        }
        return lane
      })

      return Lanes.of({ open })
    })
  )
}

/** The state of a match for a phone that has missed some of it; null where it does not fit. */
export const standingMailing = (
  bulletin: Bulletin.Bulletin,
  address: Envelope.Address,
  at: Instant.Instant
): Mailing | null => {
  const edition = Edition.of(bulletin, Cohort.tokens)
  if (Result.isFailure(edition)) return null
  const { event, expiresAt, id, matchId, priority, stamp } = edition.success
  // It is of use for as long from now as it was when it was new.
  const until = Instant.plus(at, Instant.since(expiresAt, bulletin.at))
  const sealed = Envelope.edition({ ...edition.success, expiresAt: until }, address)
  if (Result.isFailure(sealed)) return null
  return {
    cause: `${id}/standing`,
    kind: event,
    matchId,
    stamp,
    priority,
    alert: false,
    sealed: sealed.success,
    until,
    resumed: false
  }
}

/** The end of an activity whose owner wants it gone. An end must be newer than every update that is under way. */
export const removalMailing = (
  matchId: Ids.MatchId,
  last: Instant.EpochSeconds | null,
  address: Envelope.Address,
  at: Instant.Instant
): Mailing | null => {
  const stamp = Math.max(Instant.toSeconds(at), (last ?? 0) + 1) as Instant.EpochSeconds
  const sealed = Envelope.removal(stamp, at, address)
  if (Result.isFailure(sealed)) return null
  return {
    cause: `${matchId}/${stamp}/removal`,
    kind: "end",
    matchId,
    stamp,
    priority: 10,
    alert: false,
    sealed: sealed.success,
    until: Envelope.removalUntil(at),
    resumed: false
  }
}
