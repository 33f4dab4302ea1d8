import { Chance, Instant } from "@sightscreen/decider"
import type { Format, Ids } from "@sightscreen/domain"
import { DateTime } from "effect"
import { deliveries, type Recording } from "../recorded/Recording.ts"
import type * as Timeline from "../recorded/Timeline.ts"
import * as Cast from "./Cast.ts"
import * as Drama from "./Drama.ts"
import * as FirstClass from "./FirstClass.ts"
import * as Limited from "./Limited.ts"
import * as Staged from "./Staged.ts"

/**
 * Matches that invent themselves from a seed.
 *
 * What comes of it is a recording like any other: legal cricket, bowled by people who do not exist, with the odds counted in
 * real matches. The same seed and options give the same match on every machine.
 */
export type Kind = Exclude<Format.Kind, "first class">

export const kinds: ReadonlyArray<Kind> = ["t20", "odi", "test", "hundred"]

export interface Options {
  readonly format: Kind
  /** What the match is to have in it; beside that, chance has its way. */
  readonly dramas?: ReadonlyArray<Drama.Drama> | undefined
  /** No drama but what is asked for: chance stages none of its own. */
  readonly plain?: boolean | undefined
  readonly gender?: "male" | "female" | undefined
  readonly matchId?: Ids.MatchId | undefined
  readonly startsAt?: Instant.Instant | undefined
}

export interface Play {
  readonly recording: Recording
  /** How the match went in time: pace, breaks, days, rain. */
  readonly timing: Timeline.Options
  /** What was asked for and what chance staged by itself, as far as it came about. */
  readonly dramas: ReadonlyArray<Drama.Drama>
  /** What was asked for and found no room; nothing where the format has room for it and no two contradict each other. */
  readonly missing: ReadonlyArray<Drama.Drama>
}

/** So often a match that misses what was asked of it is played again. */
const attempts = 60

export const of = (seed: number, options: Options): Play => {
  const chance = Chance.of(seed, "play", options.format)
  const cast = Cast.of(Chance.split(chance, "cast"), options.gender)
  const asked = Staged.asked(options.dramas ?? [], options.format, Chance.split(chance, "rain"))
  const staged = new Set(asked)
  if (options.plain !== true) Staged.draw(staged, options.format, Chance.split(chance, "dramas"))
  for (let attempt = 0; ; attempt++) {
    const stage: Limited.Setting = {
      chance: Chance.split(chance, "attempt", attempt),
      format: formats[options.format],
      cast,
      dramas: staged
    }
    const story = options.format === "test" ? FirstClass.play(stage) : Limited.play(stage)
    const missing = asked.filter((drama) => !Staged.holds(drama, story))
    if (missing.length > 0 && attempt < attempts) continue
    const dramas = [...staged].filter((drama) => Staged.holds(drama, story))
    return { ...told(seed, options, cast, chance, story), dramas, missing }
  }
}

const formats: Readonly<Record<Kind, Format.Format>> = {
  t20: { kind: "t20", ballsPerOver: 6, overs: 20, innings: 2 },
  odi: { kind: "odi", ballsPerOver: 6, overs: 50, innings: 2 },
  hundred: { kind: "hundred", ballsPerOver: 5, overs: 20, innings: 2 },
  test: { kind: "test", ballsPerOver: 6, overs: null, innings: 4 }
}

/** As Cricsheet files them; The Hundred is filed as T20. */
const matchTypes: Readonly<Record<Kind, string>> = { t20: "T20", odi: "ODI", hundred: "T20", test: "Test" }

const day = 24 * 60 * 60_000
const minute = 60_000

/** Ten in the morning of the first of January 2026, UTC: the hour that recordings begin at. */
const firstMorning = 1_767_261_600_000

/**
 * From ball to ball, a little more or less from match to match: twenty overs in some 85 minutes, a hundred balls in 65, fifty
 * overs in 210, ninety in a day of six hours and a little.
 */
const ballMillis: Readonly<Record<Kind, number>> = { t20: 39_500, hundred: 35_500, odi: 39_500, test: 39_500 }

/** From the last ball of an innings to the first of the next. */
const breakMinutes: Readonly<Record<Kind, number>> = { t20: 17, hundred: 15, odi: 40, test: 10 }

const told = (
  seed: number,
  options: Options,
  cast: Cast.Cast,
  chance: Chance.Chance,
  story: Limited.Story | FirstClass.LongStory
): Pick<Play, "recording" | "timing"> => {
  const { format: kind } = options
  const dice = Chance.dice(Chance.split(chance, "pace"))
  const startsAt = options.startsAt ?? Instant.fromMillis(firstMorning + dice.below(730) * day)
  const isLong = "days" in story
  const played = isLong ? story.played : [0]
  const recording: Recording = {
    info: {
      matchId: options.matchId ?? (`play-${kind}-${seed}` as Ids.MatchId),
      format: formats[kind],
      home: cast.home.info,
      away: cast.away.info,
      competition: cast.competition,
      venue: cast.venue,
      startsAt
    },
    gender: cast.gender,
    matchType: matchTypes[kind],
    dates: played.map((after) => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(startsAt + after * day))),
    players: Cast.names(cast),
    innings: story.innings,
    outcome: story.outcome
  }
  const timing: Timeline.Options = {
    startsAt,
    matchId: recording.info.matchId,
    ballMillis: ballMillis[kind] + 500 * dice.below(7),
    breakMillis: breakMinutes[kind] * minute,
    sessions: isLong ? story.days : false,
    interruptions:
      kind === "odi" ? [...story.interruptions, ...Staged.drinks(recording)] : story.interruptions,
    revisions: story.revisions
  }
  return { recording, timing: deliveries(recording) === 0 ? { ...timing, sessions: false } : timing }
}
