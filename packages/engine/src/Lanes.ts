import { Instant } from "@sightscreen/decider"
import { type Bulletin, Cohort, Edition, type Ids, Outbox, Turn } from "@sightscreen/domain"
import { Activities, Editions, type Fault } from "@sightscreen/store"
import { Context, Effect, FiberSet, Latch, Layer, Result, Schema, Stream } from "effect"
import { Aftermath } from "./Aftermath.ts"
import { AppSettings } from "./AppSettings.ts"
import { Audience } from "./Audience.ts"
import * as ChannelWay from "./ChannelWay.ts"
import { Dispatcher, type Mailing, type Recipient } from "./Dispatcher.ts"
import * as Mailings from "./Mailings.ts"
import * as Metrics from "./Metrics.ts"
import { now } from "./Now.ts"
import { orAgain, waitUntil } from "./Patience.ts"

const encodeEdition = Schema.encodeSync(Schema.toCodecJson(Edition.Edition))
const decodeEdition = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.toCodecJson(Edition.Edition)))

/** As it is read back after a fall, key for key, so that the very same bytes go out before and after it. */
const asRead = (edition: Edition.Edition): Edition.Edition =>
  Result.getOrElse(decodeEdition(JSON.stringify(encodeEdition(edition))), () => edition)

/** An edition as it is kept with the state of its match until it has gone out. */
export const draftOf = (edition: Edition.Edition): Editions.Draft => ({
  editionId: edition.id,
  stamp: edition.stamp,
  cohort: Cohort.nameOf(edition.cohort),
  body: JSON.stringify(encodeEdition(edition))
})

/** A phone that is told something apart from the others. */
export interface Latecomer extends Recipient {
  /** The name of its cohort. */
  readonly cohort: string
}

/**
 * One match's way out.
 *
 * Phones with tokens are told one mailing at a time, so that what they are sent only ever gets newer: first what must be told,
 * then plain state, then the newest state for phones that are behind it. A phone whose token has just come is told last: the
 * state it is sent must not carry the stamp of an alert that it is yet to hear. Each broadcast channel has a queue of its
 * own, with the same manners: one that Apple throttles holds up nobody else.
 *
 * What is said without an Effect takes place at once, in one breath with whatever its caller does.
 */
export interface Lane {
  /** Editions of a bulletin, for every cohort; those to be kept belong into the same save as the state. */
  readonly editions: (bulletin: Bulletin.Bulletin) => Effect.Effect<ReadonlyArray<Edition.Edition>>
  readonly offer: (editions: ReadonlyArray<Edition.Edition>) => void
  /** There are phones of this cohort from now on. */
  readonly greet: (cohort: string) => void
  /** Phones that are to be sent the newest state when their turn comes. */
  readonly refresh: (recipients: ReadonlyArray<Latecomer>) => void
  /** Somebody has joined the channel of a cohort, and may have missed what was published since their start. */
  readonly republish: (cohort: string) => void
  /** Tokens that are not to be sent anything more; an audience that was read before may still have them. */
  readonly leave: (tokens: ReadonlyArray<string>) => void
  /** Activities that are to go off the lock screen and could not be told so until now. */
  readonly remove: (recipients: ReadonlyArray<Recipient>, at: Instant.Instant) => void
  /** Sends what waits, for as long as the match has a runner. */
  readonly run: Effect.Effect<never>
  /** Done when nothing waits and nothing is under way. Phones that Apple would not take pushes for are not waited for. */
  readonly idle: Effect.Effect<void>
  /** Whose phones have missed something, because Apple would not take it: after the end, who is owed it still. */
  readonly behind: () => Behind
}

/** Known by their activities; or too many, or not known before what is under way has come to an end. */
export type Behind = ReadonlySet<Ids.ActivityId> | "unknown"

/** How much waits: editions for their turn, phones that are behind or could not be reached, ends that could not be told. */
export interface Depths {
  readonly editions: number
  readonly late: number
  readonly missed: number
  readonly removals: number
}

/** Opens a match's way out. */
export class Lanes extends Context.Service<
  Lanes,
  {
    /** What a process before this one left unsent is sent first; then every phone the newest state, for it may be behind. */
    readonly open: (
      matchId: Ids.MatchId,
      standing: () => Bulletin.Bulletin | null
    ) => Effect.Effect<Lane, Fault.Fault>
    /** What waits now, in all lanes that run. */
    readonly depths: Effect.Effect<Depths>
  }
>()("@sightscreen/engine/Lanes") {
  /** Slices of an audience that are under way at once. */
  static readonly slicesAtOnce = 4
  /** Phones that are behind and are known by name. Where more are, everybody is told the newest state in their place. */
  static readonly mostBehind = 10_000

  static readonly layer = Layer.effect(
    Lanes,
    Effect.gen(function* () {
      const address = yield* AppSettings
      const activities = yield* Activities.Activities
      const aftermath = yield* Aftermath
      const audience = yield* Audience
      const dispatcher = yield* Dispatcher
      const kept = yield* Editions.Editions
      const toChannel = yield* ChannelWay.make
      /** What the lanes that run say of themselves. */
      const running = new Set<() => Depths>()

      const open = Effect.fnUntraced(function* (
        matchId: Ids.MatchId,
        standing: () => Bulletin.Bulletin | null
      ) {
        const wake = yield* Latch.make()
        const quiet = yield* Latch.make(true)
        let outbox = Outbox.empty
        const resumed = new Set<string>()
        const cohorts = new Map<string, Cohort.Cohort>()
        const channels = new Map<string, ChannelWay.ChannelWay>()
        /** A channel has been added. */
        const added = yield* Latch.make()
        /** Everybody may be behind. */
        let everybody = standing() !== null
        /** Of everybody, the cohorts that are yet to be told. */
        const behind = new Set<string>()
        const late = new Map<string, Latecomer>()
        const missed = new Map<string, Latecomer>()
        /** More were missed than are known by name. */
        let missedMany = false
        let busy = false
        const removals = new Map<string, Recipient>()
        const left = new Set<string>()
        let retryAt: Instant.Instant | null = null
        let vain = 0

        const greet = (name: string): void => {
          const cohort = cohorts.has(name) ? null : Cohort.named(name)
          if (cohort === null) return
          cohorts.set(name, cohort)
          if (cohort.route !== "channel") return
          channels.set(name, toChannel(matchId, cohort, standing))
          added.openUnsafe()
        }
        const postpone = (time: Instant.Instant) => {
          retryAt ??= Instant.plus(time, Turn.pauseAfter(vain))
        }
        const rouse = () => {
          quiet.closeUnsafe()
          wake.openUnsafe()
        }
        const offer = (edition: Edition.Edition): void => {
          const name = Cohort.nameOf(edition.cohort)
          if (edition.cohort.route === "channel") {
            greet(name)
            channels.get(name)?.offer(edition)
          } else {
            ;[outbox] = Outbox.step(outbox, { _tag: "Offered", edition })
            rouse()
          }
        }

        for (const name of yield* activities.cohorts(matchId)) greet(name)
        for (const row of yield* kept.pending(matchId)) {
          const edition = decodeEdition(row.body)
          if (Result.isFailure(edition)) {
            yield* Effect.logError("an edition that waits cannot be read, and is given up", row.editionId)
            yield* kept.finish(row.editionId, yield* now)
            continue
          }
          resumed.add(edition.success.id)
          offer(edition.success)
        }
        if (everybody) rouse()

        const take = (): Edition.Edition => {
          const [next, [edition]] = Outbox.step(outbox, { _tag: "Taken" })
          outbox = next
          return edition!
        }

        const send = Effect.fnUntraced(function* (
          mailing: Mailing,
          cohort: string,
          recipients: ReadonlyArray<Recipient>
        ) {
          for (const { token } of recipients) {
            late.delete(token)
            missed.delete(token)
          }
          const answers = yield* dispatcher.send(mailing, recipients)
          const later = yield* aftermath.settle(mailing, answers)
          for (const one of later) if (!left.has(one.token)) missed.set(one.token, { ...one, cohort })
          if (missed.size > Lanes.mostBehind) {
            missed.clear()
            missedMany = true
          }
          if (later.length > 0) postpone(yield* now)
          else if (answers.length > 0) vain = 0
        })

        const toAll = (
          mailing: Mailing,
          cohort: string,
          afterSlice: (slices: number) => Effect.Effect<void, Fault.Fault>
        ) => {
          let slices = 0
          let phones = 0
          return audience.of(matchId, cohort).pipe(
            // A slice may wait for one phone that is to be tried again, and the others are not to wait with it.
            Stream.mapEffect(
              (recipients) =>
                Effect.gen(function* () {
                  yield* send(mailing, cohort, recipients)
                  slices += 1
                  phones += recipients.length
                  yield* afterSlice(slices)
                }),
              { concurrency: Lanes.slicesAtOnce }
            ),
            Stream.runDrain,
            Effect.map(() => phones),
            (effect) => Metrics.fannedOut(mailing.kind, effect)
          )
        }

        const toTokens = Effect.fnUntraced(function* (edition: Edition.Edition) {
          const mailing = Mailings.ofEdition(edition, resumed.has(edition.id), address)
          if (mailing === null) {
            yield* Effect.logError("an edition is too large to send", edition.id)
            everybody = true
            return
          }
          yield* toAll(mailing, Cohort.nameOf(edition.cohort), (slices) =>
            Edition.isKept(edition) ? kept.advance(edition.id, slices) : Effect.void
          )
        })

        const tell = Effect.fnUntraced(function* (edition: Edition.Edition) {
          if (Turn.isSpent(edition, yield* now)) everybody = true
          else yield* toTokens(edition)
          if (Edition.isKept(edition)) yield* kept.finish(edition.id, yield* now)
          resumed.delete(edition.id)
        })

        /** The newest state as a mailing; null before the first reading. Who cannot be reached has another turn. */
        const newest = Effect.fnUntraced(function* (cohort: Cohort.Cohort) {
          const bulletin = standing()
          if (bulletin === null) return null
          const time = yield* now
          const mailing = Mailings.standing(bulletin, cohort, address, time)
          if (mailing === null) yield* Effect.logError("a bulletin does not fit into a push", matchId)
          return mailing === null ? null : { ...mailing, until: time }
        })

        /** One cohort at a time: an alert that is made meanwhile has its turn before state that is as new or newer. */
        const tellEverybody = Effect.gen(function* () {
          if (everybody) for (const [name, { route }] of cohorts) if (route !== "channel") behind.add(name)
          everybody = false
          const [name] = behind
          if (name === undefined) return
          behind.delete(name)
          const mailing = yield* newest(cohorts.get(name)!)
          if (mailing !== null) yield* toAll(mailing, name, () => Effect.void)
        })

        /** Those of one cohort, so many at a time. */
        const tellLate = Effect.gen(function* () {
          const [first] = late.values()
          if (first === undefined) return
          const some: Array<Latecomer> = []
          for (const one of late.values()) {
            if (one.cohort === first.cohort) some.push(one)
            // After an outage a million may wait, and each slice of them would look at all.
            if (some.length === Audience.slice) break
          }
          for (const { token } of some) late.delete(token)
          const cohort = Cohort.named(first.cohort)
          const mailing = cohort === null ? null : yield* newest(cohort)
          if (mailing === null) return
          yield* send(mailing, first.cohort, some).pipe(
            Effect.tapError(() => Effect.sync(() => lane.refresh(some)))
          )
        })

        const tellMissed = Effect.gen(function* () {
          retryAt = null
          vain += 1
          if (missedMany) everybody = true
          missedMany = false
          for (const [token, one] of missed) late.set(token, one)
          missed.clear()
          const gone = [...removals.values()]
          removals.clear()
          if (gone.length === 0) return
          const time = yield* now
          const mailing = Mailings.removal(matchId, standing()?.stamp ?? null, address, time)
          if (mailing === null) return
          yield* dispatcher.send({ ...mailing, until: time }, gone).pipe(
            Effect.flatMap((answers) => aftermath.settle(mailing, answers)),
            Effect.tap((later) => Effect.sync(() => lane.remove(later, time))),
            // An end that is sent twice is harmless; one that is forgotten stays on a lock screen for hours.
            Effect.tapError(() => Effect.sync(() => lane.remove(gone, time)))
          )
        })

        const drain = Effect.gen(function* () {
          for (;;) {
            const time = yield* now
            const waiting = {
              editions: !Outbox.isEmpty(outbox),
              everybody: everybody || behind.size > 0,
              late: late.size > 0,
              retryAt
            }
            switch (Turn.next(waiting, time)) {
              case "edition": {
                const edition = take()
                yield* orAgain(matchId, tell(edition), () => {
                  if (!Edition.isKept(edition)) {
                    everybody = true
                    return
                  }
                  resumed.add(edition.id)
                  ;[outbox] = Outbox.step(outbox, { _tag: "Offered", edition })
                })
                break
              }
              case "everybody":
                yield* orAgain(matchId, tellEverybody, () => {
                  everybody = true
                })
                break
              case "late":
                yield* orAgain(matchId, tellLate, () => {})
                break
              case "missed":
                yield* orAgain(matchId, tellMissed, () => {})
                break
              case "rest":
                return
            }
          }
        })

        const runTokens = Effect.gen(function* () {
          for (;;) {
            yield* waitUntil(wake, retryAt)
            wake.closeUnsafe()
            busy = true
            yield* drain
            busy = false
            if (Outbox.isEmpty(outbox) && !everybody && behind.size === 0 && late.size === 0)
              quiet.openUnsafe()
          }
        })

        const run = Effect.gen(function* () {
          const ways = yield* FiberSet.make<never, never>()
          yield* FiberSet.run(ways, runTokens)
          const begun = new Set<ChannelWay.ChannelWay>()
          const runChannels = Effect.gen(function* () {
            for (;;) {
              added.closeUnsafe()
              for (const channel of channels.values()) {
                if (begun.has(channel)) continue
                begun.add(channel)
                yield* FiberSet.run(ways, channel.run)
              }
              yield* added.await
            }
          })
          // A way that breaks down ends the lane, and its match is taken up anew.
          return yield* Effect.raceFirst(runChannels, Effect.andThen(FiberSet.join(ways), Effect.never))
        }).pipe(Effect.scoped)

        const depths = (): Depths => ({
          editions: [...channels.values()].reduce((sum, { depth }) => sum + depth(), Outbox.size(outbox)),
          late: late.size,
          missed: missed.size,
          removals: removals.size
        })

        const lane: Lane = {
          editions: Effect.fnUntraced(function* (bulletin) {
            const made: Array<Edition.Edition> = []
            for (const edition of Edition.all(bulletin, cohorts.values())) {
              if (Result.isFailure(edition))
                yield* Effect.logError("a bulletin does not fit into a push", edition.failure)
              else made.push(Edition.isKept(edition.success) ? asRead(edition.success) : edition.success)
            }
            return made
          }),
          offer: (offered) => {
            for (const edition of offered) offer(edition)
          },
          greet,
          refresh: (recipients) => {
            for (const one of recipients) {
              greet(one.cohort)
              if (!left.has(one.token)) late.set(one.token, one)
            }
            if (late.size > Lanes.mostBehind) {
              late.clear()
              everybody = true
            }
            if (recipients.length > 0) rouse()
          },
          republish: (cohort) => {
            greet(cohort)
            channels.get(cohort)?.republish()
          },
          leave: (tokens) => {
            for (const token of tokens) {
              left.add(token)
              late.delete(token)
              missed.delete(token)
            }
          },
          remove: (recipients, time) => {
            for (const one of recipients) removals.set(one.token, one)
            if (recipients.length > 0) {
              postpone(time)
              wake.openUnsafe()
            }
          },
          behind: () =>
            missedMany || everybody || behind.size > 0 || busy
              ? "unknown"
              : new Set([...missed.values(), ...late.values()].flatMap(({ activityId }) => activityId ?? [])),
          run: Effect.ensuring(
            Effect.suspend(() => {
              running.add(depths)
              return run
            }),
            Effect.sync(() => void running.delete(depths))
          ),
          idle: Effect.suspend(() =>
            Effect.forEach([quiet.await, ...[...channels.values()].map(({ idle }) => idle)], (one) => one, {
              discard: true
            })
          )
        }
        return lane
      })

      const depths = Effect.sync(() =>
        [...running]
          .map((each) => each())
          .reduce(
            (sum, one): Depths => ({
              editions: sum.editions + one.editions,
              late: sum.late + one.late,
              missed: sum.missed + one.missed,
              removals: sum.removals + one.removals
            }),
            { editions: 0, late: 0, missed: 0, removals: 0 }
          )
      )

      return Lanes.of({ open, depths })
    })
  )
}
