import { Instant } from "@sightscreen/decider"
import type { Snapshot } from "@sightscreen/domain"
import { DateTime, Option } from "effect"
import * as Faulty from "../Faulty.ts"
import type { Answer, Request } from "./Answer.ts"
import * as Answers from "./Answer.ts"
import * as Page from "./Page.ts"
import * as Replay from "./Replay.ts"
import type { Thing } from "./Roster.ts"
import * as Score from "./Score.ts"
import * as Script from "./Script.ts"

/**
 * SportMonks' answers from the replays there are, at any moment: what each of its routes would say.
 *
 * Nothing in it waits, and nothing knows of HTTP. A fixture that shows the same as when it was last asked for is not made
 * again.
 */
export class Twin {
  readonly #replays = new Map<number, Replay.Replay>()
  readonly #written = new Map<number, { readonly key: string; readonly text: string }>()
  #script: ReadonlyArray<Script.Fault> = []
  #spent = Faulty.unspent

  /** Puts a replay in, or in the place of the one that has its id. */
  put(replay: Replay.Replay): void {
    this.#replays.set(replay.roster.fixtureId, replay)
    this.#written.delete(replay.roster.fixtureId)
  }

  remove(fixtureId: number): void {
    this.#replays.delete(fixtureId)
    this.#written.delete(fixtureId)
  }

  get(fixtureId: number): Replay.Replay | undefined {
    return this.#replays.get(fixtureId)
  }

  get replays(): ReadonlyArray<Replay.Replay> {
    return [...this.#replays.values()]
  }

  /** What goes wrong from now on, instead of what did. */
  misbehave(script: ReadonlyArray<Script.Fault>): void {
    this.#script = script
    this.#spent = Faulty.unspent
  }

  /** The faults of one endpoint that are on. */
  faults(endpoint: string, at: Instant.Instant): ReadonlyArray<Script.Fault> {
    return this.#script.filter((fault) => Script.isOn(fault, endpoint, at))
  }

  livescores({ at, params }: Request): Answer {
    const include = asked(params)
    if (typeof include === "string") return Answers.wrong(400, include)
    const faults = this.faults("livescores", at)
    const texts: Array<string> = []
    for (const replay of this.#replays.values()) {
      if (!Replay.isListed(replay, at)) continue
      const text = this.#text(replay, at, include, faults)
      if (text !== null) texts.push(text)
    }
    return { _tag: "Written", text: `{"data":[${texts.join(",")}]}` }
  }

  fixture(id: string, { at, params }: Request): Answer {
    const include = asked(params)
    if (typeof include === "string") return Answers.wrong(400, include)
    const replay = this.#replays.get(Number(id))
    const text = replay === undefined ? null : this.#text(replay, at, include, this.faults("fixtures", at))
    return text === null ? Answers.notFound : { _tag: "Written", text: `{"data":${text}}` }
  }

  fixtures({ at, params }: Request): Answer {
    const include = asked(params)
    if (typeof include === "string") return Answers.wrong(400, include)
    const span = params.get("filter[starts_between]")
    const between = span === undefined ? null : spanOf(span)
    if (between === "wrong") return Answers.wrong(400, "The filter starts_between wants two dates.")
    const faults = this.faults("fixtures", at)
    const all = this.replays
      .filter(({ timeline: { info } }) => between === null || isWithin(info.startsAt, between))
      .sort((a, b) => a.timeline.info.startsAt - b.timeline.info.startsAt)
      .flatMap((replay) => {
        const fixture = this.#fixture(replay, at, include, faults)
        return fixture === null || !passes(fixture, params) ? [] : [fixture]
      })
    const page = Math.max(1, Math.trunc(Number(params.get("page") ?? 1)) || 1)
    const last = Math.max(1, Math.ceil(all.length / perPage))
    const first = (page - 1) * perPage
    const link = (to: number) => `/fixtures?page=${to}`
    return Answers.found(all.slice(first, first + perPage), {
      links: {
        first: link(1),
        last: link(last),
        prev: page > 1 ? link(page - 1) : null,
        next: page < last ? link(page + 1) : null
      },
      meta: {
        current_page: page,
        from: first + 1,
        last_page: last,
        path: "/fixtures",
        per_page: perPage,
        to: Math.min(all.length, first + perPage),
        total: all.length
      }
    })
  }

  scores(id: string | null): Answer {
    return one(Score.catalogue, id)
  }

  teams(id: string | null): Answer {
    return one(
      this.replays.flatMap(({ roster }) => [roster.teams.home, roster.teams.away]),
      id
    )
  }

  leagues(id: string | null): Answer {
    return one(
      this.replays.map(({ roster }) => roster.league),
      id
    )
  }

  players(id: string): Answer {
    return one(
      this.replays.flatMap(({ roster }) => roster.lineup),
      id
    )
  }

  #text(
    replay: Replay.Replay,
    at: Instant.Instant,
    include: ReadonlySet<string>,
    faults: ReadonlyArray<Script.Fault>
  ): string | null {
    // What is misread once is misread by whoever asks first, so nothing is kept while anything goes wrong.
    if (this.#script.length > 0) {
      const fixture = this.#fixture(replay, at, include, faults)
      return fixture === null ? null : JSON.stringify(fixture)
    }
    const shown = Replay.snapshot(replay, at)
    const key = [
      Replay.ballsOf(shown),
      shown.innings.length,
      shown.status,
      shown.outcome?._tag,
      replay.cursor.status,
      ...include
    ].join()
    const { fixtureId } = replay.roster
    const held = this.#written.get(fixtureId)
    if (held?.key === key) return held.text
    const text = JSON.stringify(Page.fixture(replay, shown, include))
    this.#written.set(fixtureId, { key, text })
    return text
  }

  #fixture(
    replay: Replay.Replay,
    at: Instant.Instant,
    include: ReadonlySet<string>,
    faults: ReadonlyArray<Script.Fault>
  ): Page.Json | null {
    const shown = this.#shown(replay, at)
    if (shown === null) return null
    return Script.write(faults, Script.spoil(faults, Page.fixture(replay, shown, include)))
  }

  /** What is seen of a match, with whatever it is seen wrong by. */
  #shown(replay: Replay.Replay, at: Instant.Instant): Snapshot.Snapshot | null {
    const shown = Replay.snapshot(replay, at)
    const wrong = Script.ofMatches(this.#script)
    if (wrong.length === 0) return shown
    // Faults go by our time, recordings by their own.
    const [seen, spent] = Faulty.read(wrong, this.#spent, { ...shown, at })
    this.#spent = spent
    return seen === null ? null : { ...seen, at: shown.at }
  }
}

const perPage = 100

/** The relations that are asked for, or what is wrong with them. */
const asked = (params: Request["params"]): ReadonlySet<string> | string => {
  const paths = (params.get("include") ?? "").split(",").filter((path) => path !== "")
  const unknown = paths.find((path) => !Page.canInclude(path))
  if (unknown !== undefined) return `The include ${unknown} does not exist.`
  return paths.filter((path) => path.includes(".")).length > 10
    ? "At most 10 nested includes are allowed."
    : new Set(paths)
}

interface Span {
  readonly from: number
  readonly to: number
}

const spanOf = (text: string): Span | "wrong" => {
  const [from, to] = text.split(",").map((date) => {
    const millis = Option.map(
      DateTime.make(date.includes("T") ? date : `${date}T00:00:00Z`),
      DateTime.toEpochMillis
    )
    return Option.getOrElse(millis, () => Number.NaN)
  })
  return from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to)
    ? "wrong"
    : { from, to }
}

/** The end is exclusive at midnight. */
const isWithin = (at: Instant.Instant, { from, to }: Span): boolean => at >= from && at < to

const filters = ["league_id", "season_id", "localteam_id", "visitorteam_id", "status", "stage_id", "round"]

const passes = (fixture: Page.Json, params: Request["params"]): boolean =>
  filters.every((name) => {
    const wanted = params.get(`filter[${name}]`)
    return wanted === undefined || String(fixture[name]) === wanted
  })

const one = (all: ReadonlyArray<Thing | Score.Score>, id: string | null): Answer => {
  if (id === null) return Answers.found([...new Map(all.map((each) => [each.id, each])).values()])
  const found = all.find((each) => String(each.id) === id)
  return found === undefined ? Answers.notFound : Answers.found(found)
}
