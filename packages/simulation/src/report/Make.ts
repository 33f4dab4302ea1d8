import { Delivery } from "@sightscreen/domain"
import type { Recording, Timeline } from "@sightscreen/feed"
import type { Fate } from "../Fate.ts"
import * as Kind from "../faults/Kind.ts"
import type { Entry } from "../journal/Entry.ts"
import type { Run } from "../Run.ts"
import * as MatchSource from "../scenario/MatchSource.ts"
import * as Phone from "../scenario/Phone.ts"
import type * as Report from "./Report.ts"
import * as Screens from "./Screens.ts"
import * as Series from "./Series.ts"
import * as Story from "./Story.ts"

/** What only whoever started the run knows. */
export interface Given {
  readonly recording: Recording.Recording
  readonly commit: string
  readonly wallSeconds: number
}

/** Phones that a page can carry with their stories. */
const mostTold = 120

/** Lays a run out for a page. Its entries must have been kept. */
export const make = (run: Run, given: Given): Report.Report => {
  const { entries, scenario, summary } = run
  const clock = (at: number): number => Math.round((at - run.began) / 100) / 10
  const screens = Screens.empty()
  const { phones, untold } = phonesOf(run, screens, clock)
  return {
    run: {
      seed: summary.seed,
      commit: given.commit,
      gear: summary.gear,
      digest: summary.digest ?? "",
      wallSeconds: given.wallSeconds,
      pushes: summary.pushes,
      phones: summary.phones,
      checks: summary.checks.map(({ name }) => ({
        name,
        violations: run.violations
          .filter(({ check }) => check === name)
          .map(({ at, what }) => `${clock(at)} s: ${what}`)
      })),
      verdict: summary.verdict === "pass" ? "passed" : "failed"
    },
    match: matchOf(run, given.recording, clock),
    lasts: summary.virtualSeconds,
    events: eventsOf(entries, clock),
    screens: screens.all,
    phones,
    untold,
    traffic: Series.traffic(entries, clock),
    urgency: Series.urgency(entries, clock),
    latencies: Series.latencies(entries),
    tokens: Series.tokens(entries, clock),
    faults: faultsOf(entries, scenario, clock)
  }
}

type Clock = (at: number) => number

const matchOf = ({ scenario, summary }: Run, whole: Recording.Recording, clock: Clock): Report.Match => {
  const recording =
    scenario.match.deliveries === null ? whole : MatchSource.cut(whole, scenario.match.deliveries)
  const { times } = MatchSource.timelineOf(scenario.match, whole)
  const { info } = recording
  let ball = 0
  const innings = recording.innings.map((one): Report.Innings => {
    const first = ball
    let total = one.penalties.pre
    let out = 0
    const overs = one.overs.map(({ deliveries }): Report.Over => {
      let runs = 0
      let wickets = 0
      for (const each of deliveries) {
        runs += Delivery.total(each)
        wickets += each.dismissals.length
      }
      ball += deliveries.length
      total += runs
      out += wickets
      return { runs, wickets, total }
    })
    return {
      code: info[one.batting].code,
      side: one.batting,
      from: timeOf(times, first, clock),
      to: timeOf(times, Math.max(first, ball - 1), clock),
      score: `${total + one.penalties.post}/${out}`,
      overs
    }
  })
  return {
    title: summary.match.title,
    subtitle: `${info.competition} · ${summary.match.format}`,
    result: summary.match.result,
    innings
  }
}

const timeOf = (times: Timeline.Timeline["times"], ball: number, clock: Clock): number => {
  const at = times[ball] ?? times.at(-1)
  return at === undefined ? 0 : clock(at)
}

const eventsOf = (entries: ReadonlyArray<Entry>, clock: Clock): ReadonlyArray<Report.Event> => {
  const urgent = new Map<number, 5 | 10>()
  for (const entry of entries)
    if (entry._tag === "Attempted" && entry.stamp !== null && entry.event !== "start")
      urgent.set(entry.stamp, entry.priority === 10 || urgent.get(entry.stamp) === 10 ? 10 : 5)
  let where = ""
  const events: Array<Report.Event> = []
  for (const entry of entries) {
    if (entry._tag === "FeedAnswered" && entry.answer._tag === "Snapshot")
      where = `${entry.answer.innings}/${entry.answer.overs}`
    const at = clock(entry.at)
    if (entry._tag === "BulletinIssued" && (entry.event !== null || entry.retracts || entry.ends !== null)) {
      const name = entry.event === null ? (entry.retracts ? "correction" : "end") : nameOf(entry.event)
      events.push({
        at,
        where,
        name,
        headline: entry.event === null ? name : worded(entry.event),
        fate: "told",
        note: entry.alert ?? "",
        priority: urgent.get(entry.stamp) ?? null,
        buzzed: entry.alert !== null
      })
    }
    if (entry._tag === "EventDropped" || entry._tag === "EventHeld")
      events.push({
        at,
        where,
        name: nameOf(entry.event),
        headline: worded(entry.event),
        fate: entry._tag === "EventHeld" ? "held" : "dropped",
        note: entry._tag === "EventHeld" ? "waits for a reading that confirms it" : entry.why,
        priority: null,
        buzzed: false
      })
  }
  return events
}

/** The key of an event begins with its name. */
const nameOf = (key: string): string => key.split("/")[0]!

/** Its name and whom it is about: "wicket · BA Stokes". */
const worded = (key: string): string => {
  const parts = key.split("/")
  const name = parts[0]!.replaceAll("_", " ")
  return parts.length >= 4 ? `${name} · ${parts.slice(3).join("/")}` : name
}

const faultsOf = (
  entries: ReadonlyArray<Entry>,
  { faults }: Run["scenario"],
  clock: Clock
): ReadonlyArray<Report.Fault> => {
  const times = new Map<Kind.Name, Array<number>>(faults.map(({ kind }) => [kind, []]))
  for (const entry of entries) {
    if (entry._tag !== "FaultBefell") continue
    const known = times.get(entry.kind)
    if (known === undefined) times.set(entry.kind, [clock(entry.at)])
    else known.push(clock(entry.at))
  }
  return [...times].map(([kind, at]) => ({
    kind,
    description: Kind.of(kind).says,
    times: at.length,
    // A picture has no room for more, and nobody could tell them apart.
    at: at.filter((one, nth) => nth === 0 || Math.floor(one / 15) !== Math.floor(at[nth - 1]! / 15))
  }))
}

/** Those that ended wrong come first, then those with an excuse, each in their order. */
const phonesOf = (
  { end, entries, scenario }: Run,
  screens: Screens.Screens,
  clock: Clock
): { readonly phones: ReadonlyArray<Report.Phone>; readonly untold: number } => {
  const ranked = [...end.phones].sort((a, b) => rank(a.fate) - rank(b.fate))
  const told = ranked.slice(0, Math.max(mostTold, ranked.filter(({ fate }) => rank(fate) < 2).length))
  const numbers = new Map(scenario.phones.map((one) => [one.number, one]))
  const shows = new Map<string, Array<readonly [number, number | null]>>()
  const stories = new Map<string, Array<Report.Line>>()
  // The app may have gone by other names on the same phone; its story is one.
  const of = (deviceId: string): number => Phone.numberOf(deviceId) ?? -1
  const wanted = new Map(told.map(({ deviceId }) => [of(deviceId), deviceId]))
  for (const entry of entries) {
    if (!("deviceId" in entry) || entry.deviceId === null) continue
    const name = wanted.get(of(entry.deviceId))
    if (name === undefined) continue
    const line = Story.of(entry)
    if (line !== null) add(stories, name, { at: clock(entry.at), ...line })
    if (entry._tag !== "PhoneSaid") continue
    const { output } = entry
    if (output._tag === "Shown")
      add(shows, name, [clock(entry.at), Screens.placeOf(screens, output)] as const)
    if (output._tag === "ActivityDismissed") add(shows, name, [clock(entry.at), null] as const)
  }
  return {
    phones: told.map(({ deviceId, fate }): Report.Phone => {
      const recipe = numbers.get(of(deviceId))
      return {
        id: deviceId,
        traits: [`iOS ${recipe?.os.join(".") ?? "?"}`, recipe?.language ?? "en"].join(", "),
        end: rank(fate) === 2 ? "right" : rank(fate) === 1 ? "explained" : "wrong",
        why: whyOf(fate),
        shows: shows.get(deviceId) ?? [],
        story: stories.get(deviceId) ?? []
      }
    }),
    untold: ranked.length - told.length
  }
}

const rank = (fate: Fate | null): 0 | 1 | 2 =>
  fate?._tag === "Right" ? 2 : fate?._tag === "Explained" ? 1 : 0

const whyOf = (fate: Fate | null): string => {
  switch (fate?._tag) {
    case "Explained":
      return fate.why
    case "Wrong":
      return `shows ${fate.shows}`
    case "Waiting":
      return "had not come to its end"
    default:
      return ""
  }
}

const add = <A>(lists: Map<string, Array<A>>, name: string, one: A): void => {
  const known = lists.get(name)
  if (known === undefined) lists.set(name, [one])
  else known.push(one)
}
