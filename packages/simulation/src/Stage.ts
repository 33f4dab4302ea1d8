import { Instant } from "@sightscreen/decider"
import { type Recording, Timeline } from "@sightscreen/feed"
import type { Handset } from "@sightscreen/handset"
import { ActivityKit } from "@sightscreen/handset"
import { Duration } from "effect"
import * as Checks from "./checks/index.ts"
import type { PhoneView, View } from "./checks/View.ts"
import * as Fate from "./Fate.ts"
import * as Fault from "./faults/Fault.ts"
import type { Gear } from "./faults/Kind.ts"
import * as Plan from "./faults/Plan.ts"
import * as Journal from "./journal/Journal.ts"
import * as Looks from "./Looks.ts"
import * as Reasons from "./Reasons.ts"
import { type Run, tally, type Wants } from "./Run.ts"
import type { Scenario } from "./Scenario.ts"
import { matchId, resultOf, timelineOf, worldBegins } from "./scenario/MatchSource.ts"
import type { Phone } from "./scenario/Phone.ts"

/**
 * What a run has around it in either gear: the match in time, the faults, the journal, and everybody who reads along.
 *
 * A run has two halves. Until `healAt` nothing may happen that cannot be mended; from then on nothing goes wrong any more,
 * and everything has to come right.
 */
export interface Stage {
  readonly scenario: Scenario
  readonly timeline: Timeline.Timeline
  readonly begins: Instant.Instant
  readonly healAt: Instant.Instant
  /** When the feed comes to say that the match is over. */
  readonly overAt: Instant.Instant
  /** When everything that was broken should have come right; null where the match is over by then. */
  readonly settledAt: Instant.Instant | null
  /** When everything has had its time. */
  readonly endsAt: Instant.Instant
  readonly journal: Journal.Journal
  readonly faults: Fault.Faults
  readonly watch: Checks.Watch
  /** What has become of a phone, at the end; null for one that the scenario does not know. */
  readonly fateOf: (it: Whose) => Fate.Fate | null
  /** Why nothing is to be expected of a phone while the match is on; null where something is. */
  readonly excused: (it: Pick<Whose, "phone" | "settings">) => Fate.Fate | null
  /** What came of it all. */
  readonly runOf: (gear: Gear, end: View) => Run
}

/** A phone as it is, as the scenario has it, and what its owner remembers. */
export interface Whose {
  readonly phone: Handset.Handset | undefined
  readonly settings: Phone | undefined
  readonly diary: Fate.Diary
  readonly at: Instant.Instant
}

/** What `Apns` lets one process have under way. */
const mostUnderWay = 10_000

/** After the end, or after all has healed if that is later: the end is told again for an hour, and channels are deleted. */
const afterwards = Duration.minutes(95)

/** Once healed, what was broken has so long to come right. */
const settles = Duration.minutes(6)

export const set = (scenario: Scenario, recording: Recording.Recording, wants: Wants): Stage => {
  const timeline = timelineOf(scenario.match, recording)
  const overAt = Timeline.changes(timeline).at(-1) ?? timeline.info.startsAt
  const healAt = Instant.fromMillis(worldBegins + scenario.healAt)
  const settled = Instant.plus(healAt, settles)
  const faults = Fault.make(scenario.seed, scenario.faults, scenario.healAt)
  const watch = Checks.watch({
    matchId,
    begins: worldBegins,
    healAt,
    overAt,
    phones: scenario.phones.length,
    mostUnderWay,
    clockErrorMillis: Plan.clockErrorMillis(faults, scenario.healAt)
  })
  const figures = tally()
  const reasons = Reasons.make({ playsFrom: timeline.info.startsAt, overAt })
  const journal = Journal.make({
    digest: wants.digest ?? false,
    keep: wants.entries ?? false,
    hear: (entry) => {
      watch.hear(entry)
      figures.hear(entry)
      reasons.hear(entry)
    }
  })
  const right = Looks.ofLast(timeline)
  return {
    scenario,
    timeline,
    begins: worldBegins,
    healAt,
    overAt,
    settledAt: settled < overAt ? settled : null,
    endsAt: Instant.plus(Instant.later(overAt, healAt), afterwards),
    journal,
    faults,
    watch,
    fateOf: ({ at, diary, phone, settings }) =>
      phone === undefined || settings === undefined
        ? null
        : Fate.of(phone, diary, {
            matchId,
            right,
            at,
            from: timeline.info.startsAt,
            to: overAt,
            goesOn: false,
            because: timeline.times.length === 0 ? "not a ball was bowled" : reasons.of(settings)
          }),
    excused: ({ phone, settings }) => {
      if (phone === undefined || settings === undefined) return null
      const why = phone.userId === null ? "signed out by its owner" : reasons.of(settings)
      return why === null ? null : { _tag: "Explained", why }
    },
    runOf: (gear, end) => {
      const counts = watch.counts()
      const { home, away } = timeline.info
      return {
        scenario,
        violations: watch.violations(),
        entries: journal.entries,
        began: worldBegins,
        end,
        summary: {
          seed: scenario.seed,
          gear,
          digest: journal.digest(),
          match: {
            source: scenario.match.source,
            title: `${home.name} v ${away.name}`,
            format: timeline.info.format.kind,
            deliveries: timeline.times.length,
            result: resultOf(timeline)
          },
          virtualSeconds: Math.round((end.at - worldBegins) / 1000),
          pushes: figures.pushes(),
          phones: {
            total: end.phones.length,
            showingFinalState: end.phones.filter(({ fate }) => fate?._tag === "Right").length,
            explained: end.phones.filter(({ fate }) => fate?._tag === "Explained").length
          },
          faults: faults.counts(),
          checks: counts,
          verdict: counts.every(({ violations }) => violations === 0) ? "pass" : "fail"
        }
      }
    }
  }
}

/** A phone as checks look at it. */
export const viewOf = (
  { activities, counters, deviceId, forceQuit, online, userId }: Handset.Handset,
  fate: Fate.Fate | null,
  untold: number
): PhoneView => ({
  deviceId,
  userId,
  online,
  forceQuit,
  fate,
  activities: activities
    .filter((one) => one.matchId === matchId)
    .map((one) => ({
      activityId: one.id,
      live: ActivityKit.isLive(one),
      route: one.address._tag === "Token" ? "token" : "channel",
      address: one.address._tag === "Token" ? one.address.token : one.address.channelId,
      told: one.address._tag === "Channel" || one.address.told,
      stamp: one.timestamp
    })),
  doubled: counters.doubled,
  undecodable: counters.undecodable,
  untold
})
