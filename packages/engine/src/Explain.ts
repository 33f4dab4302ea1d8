import { type Budget, Cohort, type Ids, OsVersion } from "@sightscreen/domain"
import { Activities, Decisions, Deliveries, Devices, type Fault, Page } from "@sightscreen/store"
import { Context, Effect, Layer, type Schema, Stream } from "effect"
import * as Answer from "./ExplainAnswer.ts"
import * as Life from "./ExplainLife.ts"
import * as Record from "./ExplainRecord.ts"
import * as Story from "./ExplainStory.ts"
import * as Words from "./ExplainWords.ts"

export type { Answered, Answer } from "./ExplainAnswer.ts"
export type { Bulletin, Entry } from "./ExplainStory.ts"
export { clock } from "./ExplainWords.ts"

/** Which part of a match is asked about; all of it, where nothing is said. */
export interface About {
  readonly stamp?: number
  /** An event, such as "wicket". */
  readonly event?: string
  readonly pushId?: Ids.PushId
}

/** What a phone was told of a match, and why. */
export interface Explanation {
  readonly matchId: Ids.MatchId
  readonly deviceId: Ids.DeviceId
  /** Every bulletin of the match, and what became of it for this phone. */
  readonly bulletins: ReadonlyArray<{ readonly bulletin: Story.Bulletin } & Answer.Answered>
  /** In the order of time, as far as it was asked about. */
  readonly timeline: ReadonlyArray<Story.Entry>
  /** What holds for the phone all the time. */
  readonly remarks: ReadonlyArray<string>
}

/** A phone of a match, as it stands. */
export interface Phone {
  readonly deviceId: Ids.DeviceId
  readonly status: Activities.Status
  readonly generation: number
  readonly listens: "token" | "channel" | null
  /** The end of the token, or of the channel's name. */
  readonly tail: string | null
}

/** What was recorded of a match, for whoever explains it to many phones. */
export interface Match {
  readonly matchId: Ids.MatchId
  readonly records: ReadonlyArray<Record.OfMatch>
  readonly bulletins: ReadonlyArray<Story.Bulletin>
  readonly publishes: ReadonlyArray<Answer.Push>
}

/**
 * Answers "why did this phone get, or not get, that push?" from what was recorded: decisions and the ledger of pushes.
 *
 * It reads, and changes nothing. A bulletin has one answer of a closed set for every phone (see `ExplainAnswer`); what the
 * book does not say it does not invent.
 */
export class Explain extends Context.Service<
  Explain,
  {
    readonly match: (matchId: Ids.MatchId) => Effect.Effect<Match, Fault.Fault>
    readonly phone: (
      match: Match,
      deviceId: Ids.DeviceId,
      about?: About
    ) => Effect.Effect<Explanation, Fault.Fault>
    /** The phones that have had an activity of the match, in the order of their names. */
    readonly phones: (matchId: Ids.MatchId) => Stream.Stream<Phone, Fault.Fault>
  }
>()("@sightscreen/engine/Explain") {
  static readonly layer = Layer.effect(
    Explain,
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const decisions = yield* Decisions.Decisions
      const deliveries = yield* Deliveries.Deliveries
      const devices = yield* Devices.Devices

      const ofMatch = (matchId: Ids.MatchId) =>
        Page.stream((page) => activities.ofMatch(matchId, Activities.Status.literals, page), activityId)

      return Explain.of({
        match: Effect.fnUntraced(function* (matchId) {
          const [shared, publishes] = yield* Effect.all(
            [
              Stream.runCollect(Page.stream((page) => decisions.shared(matchId, page), Decisions.key)),
              Stream.runCollect(Page.stream((page) => deliveries.publishes(matchId, page), Deliveries.key))
            ],
            { concurrency: 2 }
          )
          const records = Record.ofMatch(shared)
          return { matchId, records, bulletins: Story.bulletins(matchId, records), publishes }
        }),
        phone: Effect.fnUntraced(function* (match, deviceId, about = {}) {
          const { matchId } = match
          const [steps, pushes, device, rows] = yield* Effect.all(
            [
              // A ladder is the phone's and not the match's.
              Stream.runCollect(
                Page.stream((page) => decisions.ofDevice(deviceId, null, page), Decisions.key)
              ),
              Stream.runCollect(
                Page.stream((page) => deliveries.ofDevice(deviceId, matchId, page), Deliveries.key)
              ),
              devices.get(deviceId),
              activities.newest(matchId, [deviceId])
            ],
            { concurrency: 4 }
          )
          const recorded = steps.filter((one) => one.matchId === matchId || one.matchId === null)
          const cohort = rows[0]?.cohort ?? pushes.findLast((one) => one.cohort !== null)?.cohort ?? null
          return explain(match, deviceId, {
            steps: Record.ofPhone(recorded),
            pushes,
            cohort,
            osVersion: device?.osVersion ?? null,
            about
          })
        }),
        phones: (matchId) =>
          ofMatch(matchId).pipe(
            // Those of one phone lie next to each other, and the tenth before the second.
            Stream.mapAccum(
              () => null as Activities.Activity | null,
              (before, row) =>
                before === null || before.deviceId === row.deviceId
                  ? ([before === null || row.generation > before.generation ? row : before, []] as const)
                  : ([row, [before]] as const),
              { onHalt: (last) => (last === null ? [] : [last]) }
            ),
            Stream.map(phoneOf)
          )
      })
    })
  )
}

/** What holds for everybody: what was noticed, and every bulletin with its reasons, as far as it is asked about. */
export const story = ({ bulletins, records }: Match, about: About = {}): ReadonlyArray<Story.Entry> => {
  const issued = bulletins.map(
    (one): Story.Entry => ({
      kind: "bulletin",
      at: one.at,
      text:
        `bulletin ${one.stamp}, ${Story.heading(one)}: ${Words.priority(one, null)}` +
        (one.title === null ? "" : `, with the alert "${one.title}"`),
      facts: Story.factsOf(one)
    })
  )
  const all = [...Story.events(records, bulletins, null), ...issued].sort((a, b) => a.at - b.at)
  return narrowed(all, about)
}

const activityId = ({ activityId: id }: Activities.Activity): string => id

const phoneOf = (row: Activities.Activity): Phone => ({
  deviceId: row.deviceId,
  status: row.status,
  generation: row.generation,
  listens: row.updateToken !== null ? "token" : row.channelId !== null ? "channel" : null,
  tail: (row.updateToken ?? row.channelId)?.slice(-6) ?? null
})

/** What is known of a phone beside its match. */
export interface Known {
  readonly steps: ReadonlyArray<Record.OfPhone>
  readonly pushes: ReadonlyArray<Answer.Push>
  readonly cohort: string | null
  readonly osVersion: string | null
  readonly about: About
}

/** The answer itself, worked out from what was read. */
export const explain = (match: Match, deviceId: Ids.DeviceId, known: Known): Explanation => {
  const { bulletins, matchId, publishes, records } = match
  const { about, cohort, osVersion, pushes, steps } = known
  const level = cohort === null ? null : (Cohort.named(cohort)?.level ?? null)
  const witness = Answer.witness(matchId, { steps, pushes, publishes })
  const answered = bulletins.map((bulletin) => ({ bulletin, ...witness.answer(bulletin) }))
  const channels = new Set(Life.lives(steps).some(listened) && cohort !== null ? [cohort] : [])
  const all = [
    ...Story.events(records, bulletins, level).filter(
      ({ facts, kind }) => kind !== "channel" || channels.has(String(facts["cohort"]))
    ),
    ...answered.map((one) => ofBulletin(one, level, pushes)),
    ...steps.flatMap((one) => ofStep(one, matchId)),
    ...pushes.flatMap(ofPush)
  ].sort((a, b) => a.at - b.at)
  return {
    matchId,
    deviceId,
    bulletins: answered,
    timeline: narrowed(all, about),
    remarks:
      osVersion === null || OsVersion.startsRemotely(osVersion)
        ? []
        : [`This phone has iOS ${osVersion}, on which no activity can be started from afar.`]
  }
}

const listened = ({ phases }: Life.Life): boolean => phases.some(({ where }) => where?._tag === "Channel")

/** The entries that are asked about. An event brings the bulletin that it went out with. */
export const narrowed = (
  all: ReadonlyArray<Story.Entry>,
  { event, pushId, stamp }: About
): ReadonlyArray<Story.Entry> => {
  const stamps = new Set(
    event === undefined
      ? []
      : all.flatMap(({ facts }) => (facts["event"] === event ? (facts["stamp"] ?? []) : []))
  )
  return all.filter(({ facts, kind }) => {
    const pushes = facts["pushes"]
    return (
      (stamp === undefined || facts["stamp"] === stamp) &&
      (event === undefined ||
        facts["event"] === event ||
        (kind === "bulletin" && stamps.has(facts["stamp"] ?? null))) &&
      (pushId === undefined || facts["push"] === pushId || (Array.isArray(pushes) && pushes.includes(pushId)))
    )
  })
}

const ofBulletin = (
  { answer, bulletin, caughtUp }: Explanation["bulletins"][number],
  level: Budget.Level | null,
  pushes: ReadonlyArray<Answer.Push>
): Story.Entry => {
  const mine = pushes.filter((one) => one.stamp === bulletin.stamp && Answer.carriesState(one))
  const shared = "push" in answer && answer.push.kind === "publish" ? [answer.push.pushId] : []
  return {
    kind: "bulletin",
    at: bulletin.at,
    text:
      `bulletin ${bulletin.stamp}, ${Story.heading(bulletin)}: ${Words.answer({ answer, caughtUp })}` +
      ((answer._tag === "Sent" && !answer.late) || answer._tag === "Published"
        ? ` (${Words.priority(bulletin, level)})`
        : ""),
    facts: {
      ...Story.factsOf(bulletin),
      answer: answer._tag,
      ...("push" in answer ? pushFacts(answer.push) : {}),
      ...("why" in answer ? { why: answer.why } : {}),
      ...("late" in answer ? { late: answer.late } : {}),
      ...("joinedAt" in answer ? { joinedAt: answer.joinedAt } : {}),
      ...("shownAt" in answer ? { shownAt: answer.shownAt } : {}),
      ...("askedAt" in answer ? { askedAt: answer.askedAt } : {}),
      ...("since" in answer ? { since: answer.since } : {}),
      ...("at" in answer ? { endedAt: answer.at } : {}),
      caughtUp:
        caughtUp === null ? null : { stamp: caughtUp.stamp, at: caughtUp.sentAt, push: caughtUp.pushId },
      pushes: [...mine.map(({ pushId }) => pushId), ...shared]
    }
  }
}

const pushFacts = (push: Answer.Push): { readonly [name: string]: Schema.Json } => ({
  push: push.pushId,
  token: push.tokenTail,
  sentAt: push.sentAt,
  sentAs: push.kind,
  sentPriority: push.priority,
  verdict: push.verdict,
  reason: push.reason
})

const ofStep = (one: Record.OfPhone, matchId: Ids.MatchId): ReadonlyArray<Story.Entry> => {
  if (one._tag === "Activity") {
    const text = Words.step(one.body)
    return text === null
      ? []
      : [
          {
            kind: "activity",
            at: one.at,
            text: `this phone: ${text}`,
            facts: { activity: one.activityId, from: one.body.from, to: one.body.to, heard: one.body.heard }
          }
        ]
  }
  return one.body.outputs.flatMap(({ match, said, why }): ReadonlyArray<Story.Entry> => {
    const text = (match ?? one.matchId ?? matchId) === matchId ? Words.rung(said, why) : null
    return text === null
      ? []
      : [
          {
            kind: "ladder",
            at: one.at,
            text: `this phone: ${text}`,
            facts: { said, heard: one.body.heard, ...(why === undefined ? {} : { why }) }
          }
        ]
  })
}

/** What was sent beside bulletins; what a bulletin was sent as is told with it. */
const ofPush = (push: Answer.Push): ReadonlyArray<Story.Entry> =>
  Answer.carriesState(push) && push.kind !== "start"
    ? []
    : [{ kind: "push", at: push.sentAt, text: `this phone: ${Words.push(push)}`, facts: pushFacts(push) }]
