import type { Ids, MatchEvent } from "@sightscreen/domain"
import { Explain } from "@sightscreen/engine"
import { Library } from "@sightscreen/feed"
import { Activities, Decisions, Deliveries, Devices, type Fault, Fixtures, Page } from "@sightscreen/store"
import { Effect, Stream } from "effect"

/** A question about a run, as a person puts it, and what is found in the database to answer it. */
export interface Question {
  readonly match: string | null
  /** A device id, or the last six characters of one of its tokens. */
  readonly phone: string | null
  readonly push: string | null
  readonly stamp: number | null
  readonly event: MatchEvent.Name | null
}

export interface MatchRow extends Decisions.OfMatch {
  readonly title: string | null
}

/** A phone of a match, with what became of each bulletin that was asked about. */
export interface PhoneRow extends Explain.Phone {
  readonly answers: ReadonlyArray<Explain.Entry>
}

export type Finding =
  | { readonly _tag: "Matches"; readonly rows: ReadonlyArray<MatchRow> }
  | {
      readonly _tag: "Match"
      readonly match: MatchRow
      readonly entries: ReadonlyArray<Explain.Entry>
      readonly phones: ReadonlyArray<PhoneRow>
    }
  | { readonly _tag: "Phone"; readonly match: MatchRow; readonly explanation: Explain.Explanation }

type Tables =
  | Activities.Activities
  | Decisions.Decisions
  | Deliveries.Deliveries
  | Devices.Devices
  | Fixtures.Fixtures
  | Explain.Explain

const unusable = (subject: string, problem: string) => new Library.Unusable({ subject, problem })

export const answer = (question: Question): Effect.Effect<Finding, Library.Unusable | Fault.Fault, Tables> =>
  Effect.gen(function* () {
    const rows = yield* matches
    const isBare = Object.values(question).every((one) => one === null)
    if (isBare) return { _tag: "Matches", rows }
    if (question.push !== null) return yield* ofPush(question, question.push, rows)
    if (question.phone === null) {
      const match = yield* matchOf(rows, question.match)
      return yield* ofMatch(match, aboutOf(question))
    }
    const { deviceId, match } = yield* phoneOf(rows, question.match, question.phone)
    return yield* ofPhone(match, deviceId, aboutOf(question))
  })

const matches = Effect.gen(function* () {
  const rows = yield* (yield* Decisions.Decisions).matches
  const known = yield* (yield* Fixtures.Fixtures).getMany(rows.map(({ matchId }) => matchId))
  const titles = new Map(known.map(({ info, matchId }) => [matchId, `${info.home.name} v ${info.away.name}`]))
  return rows.map((row): MatchRow => ({ ...row, title: titles.get(row.matchId) ?? null }))
})

/** The one that is named; the latest where none is. */
const matchOf = (rows: ReadonlyArray<MatchRow>, given: string | null) => {
  const found = given === null ? rows[0] : rows.find(({ matchId }) => matchId === given)
  if (found !== undefined) return Effect.succeed(found)
  const names = rows.slice(0, 5).map(({ matchId }) => matchId)
  const others = rows.length > names.length ? [...names, "…"] : names
  return unusable(
    given ?? "explain",
    rows.length === 0
      ? "nothing has been recorded in this database yet; npm start plays a match"
      : `no such match was recorded; there are ${others.join(", ")}`
  )
}

const aboutOf = ({ event, stamp }: Question): Explain.About => ({
  ...(stamp === null ? {} : { stamp }),
  ...(event === null ? {} : { event })
})

const all = 1000

/** Whose phone is meant, and which match: the latest that there is anything of, unless one is named. */
const phoneOf = (rows: ReadonlyArray<MatchRow>, given: string | null, phone: string) =>
  Effect.gen(function* () {
    const deliveries = yield* Deliveries.Deliveries
    const named = given === null ? null : yield* matchOf(rows, given)
    const wanted = named === null ? rows : [named]
    const byName = yield* matchesOf(phone as Ids.DeviceId)
    if (byName.size > 0) {
      const match = wanted.find(({ matchId }) => byName.has(matchId))
      if (match !== undefined) return { deviceId: phone as Ids.DeviceId, match }
      return yield* unusable(
        phone,
        "nothing of this phone was recorded in that match; leave --match away for its latest"
      )
    }
    const tail = phone.replace(/^…/, "").toLowerCase()
    const sent =
      tail.length === 6 ? yield* deliveries.byTail(tail, named === null ? null : named.matchId, all) : []
    const devices = [...new Set(sent.flatMap(({ deviceId }) => deviceId ?? []))]
    const [deviceId, ...others] = devices
    if (deviceId === undefined) {
      return yield* unusable(
        phone,
        "no phone has this name or a token that ends so; --match lists the phones of a match"
      )
    }
    if (others.length > 0)
      return yield* unusable(
        phone,
        `several phones have a token that ends so: ${devices.join(", ")}; name one of them`
      )
    const latest = sent.find((one) => one.deviceId === deviceId)?.matchId ?? null
    return { deviceId, match: yield* matchOf(rows, named?.matchId ?? latest) }
  })

/** The matches that anything was recorded of on a phone. */
const matchesOf = (deviceId: Ids.DeviceId) =>
  Effect.gen(function* () {
    const decisions = yield* Decisions.Decisions
    const sent = yield* (yield* Deliveries.Deliveries).ofDevice(deviceId, null, { limit: all, after: null })
    const rows = yield* (yield* Activities.Activities).ofDevice(deviceId)
    const steps = yield* Stream.runCollect(
      Page.stream((page) => decisions.ofDevice(deviceId, null, page), Decisions.key)
    )
    return new Set<string>([...sent, ...rows, ...steps].flatMap(({ matchId }) => matchId ?? []))
  })

const ofPhone = (match: MatchRow, deviceId: Ids.DeviceId, about: Explain.About) =>
  Effect.gen(function* () {
    const explain = yield* Explain.Explain
    const read = yield* explain.match(match.matchId)
    const explanation = yield* explain.phone(read, deviceId, about)
    yield* refuseNothing(match, explanation.timeline, about)
    return { _tag: "Phone", match, explanation } as const
  })

const ofMatch = (match: MatchRow, about: Explain.About) =>
  Effect.gen(function* () {
    const explain = yield* Explain.Explain
    const read = yield* explain.match(match.matchId)
    const entries = Explain.story(read, about)
    yield* refuseNothing(match, entries, about)
    const isAsked = about.stamp !== undefined || about.event !== undefined
    const phones = yield* explain.phones(match.matchId).pipe(
      Stream.mapEffect(
        (phone) =>
          isAsked
            ? Effect.map(
                explain.phone(read, phone.deviceId, about),
                ({ timeline }): PhoneRow => ({
                  ...phone,
                  answers: timeline.filter(({ kind }) => kind === "bulletin")
                })
              )
            : Effect.succeed<PhoneRow>({ ...phone, answers: [] }),
        { concurrency: 2 }
      ),
      Stream.runCollect
    )
    return { _tag: "Match", match, entries, phones } as const
  })

/** What was asked about has to be there. */
const refuseNothing = (
  { matchId }: MatchRow,
  entries: ReadonlyArray<Explain.Entry>,
  { event, stamp }: Explain.About
) => {
  if (entries.length > 0 || (event === undefined && stamp === undefined)) return Effect.void
  return stamp === undefined
    ? unusable(
        event ?? "",
        `nothing of the kind was noticed in ${matchId}; --match ${matchId} tells what was`
      )
    : unusable(
        `${stamp}`,
        `no bulletin of ${matchId} has this stamp${event === undefined ? "" : " and event"}; --match ${matchId} lists them`
      )
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const ofPush = (question: Question, given: string, rows: ReadonlyArray<MatchRow>) =>
  Effect.gen(function* () {
    const pushId = given.trim().toLowerCase()
    if (!uuid.test(pushId)) return yield* unusable(given, "not the id of a push, which is a UUID (apns-id)")
    const push = yield* (yield* Deliveries.Deliveries).byPush(pushId as Ids.PushId)
    if (push === null)
      return yield* unusable(given, "no such push was recorded; --match M --phone D lists those of a phone")
    const match =
      rows.find(({ matchId }) => matchId === push.matchId) ??
      ({
        matchId: push.matchId,
        title: null,
        bulletins: 0,
        devices: 0,
        firstAt: push.sentAt,
        lastAt: push.sentAt
      } as const)
    // What was published was for whoever had joined.
    if (push.deviceId === null) {
      if (question.phone === null) return yield* ofMatch(match, { stamp: push.stamp })
      const { deviceId } = yield* phoneOf(rows, push.matchId, question.phone)
      return yield* ofPhone(match, deviceId, { stamp: push.stamp })
    }
    return yield* ofPhone(match, push.deviceId, { pushId: push.pushId })
  })
