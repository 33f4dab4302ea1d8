import { Result, Schema, SchemaIssue, SchemaParser, SchemaTransformation } from "effect"

/**
 * SportMonks' JSON, Cricket API v2.0, as far as it is read here.
 *
 * Tolerant where the provider is known to vary (includes bare or wrapped in `data`, numbers and ids as strings, booleans as
 * 0 and 1, fields left out, rows of relations that were not asked for) and strict where a mistake would be told to people:
 * what is no number is no number. Unknown fields, statuses and score names are no errors.
 */

const numeral = /^\s*-?\d+(\.\d+)?\s*$/

const toNumber = (given: unknown): unknown =>
  typeof given === "string" && numeral.test(given) ? Number(given) : given

const toBoolean = (given: unknown): unknown => {
  if (given === 1 || given === "1" || given === "true") return true
  if (given === 0 || given === "0" || given === "false" || given === null) return false
  return given
}

/** Ids are integers in the documentation; nobody counts with them, so they are kept as text. */
const toId = (given: unknown): unknown =>
  typeof given === "number" && Number.isSafeInteger(given)
    ? String(given)
    : typeof given === "string"
      ? given.trim()
      : given

const isRecord = (given: unknown): given is Readonly<Record<string, unknown>> =>
  typeof given === "object" && given !== null && !Array.isArray(given)

/** `{"data": …}` around a relation is taken off; an empty list in the place of one thing means that there is none. */
const unwrap = (given: unknown): unknown =>
  isRecord(given) && "data" in given && !("resource" in given) && !("id" in given) ? given["data"] : given

const unwrapOne = (given: unknown): unknown => {
  const one = unwrap(given)
  return Array.isArray(one) && one.length === 0 ? null : one
}

const unwrapMany = (given: unknown): unknown => unwrap(given) ?? []

const coerced = <S extends Schema.Top>(to: S, read: (given: unknown) => unknown) =>
  Schema.Unknown.pipe(
    Schema.decodeTo(
      to,
      SchemaTransformation.transform<S["Encoded"], unknown>({
        decode: (given) => read(given) as S["Encoded"],
        encode: (value) => value
      })
    )
  )

const Number_ = coerced(Schema.Finite, toNumber)
const Count = coerced(Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0))), toNumber)
const Flag = coerced(Schema.Boolean, toBoolean)
const Id = coerced(Schema.NonEmptyString, toId)
/** Ids of players and teams: 0 stands for nobody in some relations. */
const MaybeId = Schema.optionalKey(
  coerced(Schema.NullOr(Schema.NonEmptyString), (given) => {
    const id = toId(given)
    return id === "0" || id === "" || id === undefined ? null : id
  })
)
const Text = Schema.optionalKey(Schema.NullOr(Schema.String))
const maybe = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))
const one = <S extends Schema.Top>(schema: S) => Schema.optionalKey(coerced(Schema.NullOr(schema), unwrapOne))
const many = <S extends Schema.Top>(schema: S) =>
  Schema.optionalKey(coerced(Schema.Array(schema), unwrapMany))

export const Team = Schema.Struct({ id: Id, name: Text, code: Text })
export type Team = typeof Team.Type

export const Player = Schema.Struct({ id: Id, fullname: Text, firstname: Text, lastname: Text })
export type Player = typeof Player.Type

/** What a delivery, or a dismissal, was: one of a catalogue of outcomes. */
export const Score = Schema.Struct({
  id: MaybeId,
  name: Schema.String,
  runs: Count,
  four: Schema.optionalKey(Flag),
  six: Schema.optionalKey(Flag),
  bye: maybe(Count),
  leg_bye: maybe(Count),
  noball: maybe(Count),
  noball_runs: maybe(Count),
  is_wicket: Schema.optionalKey(Flag),
  ball: Schema.optionalKey(Flag),
  out: Schema.optionalKey(Flag)
})
export type Score = typeof Score.Type

export const Ball = Schema.Struct({
  id: Id,
  team_id: Id,
  /** Over and ball as "over.ball"; never a number to count with. */
  ball: Number_,
  scoreboard: Schema.String,
  batsman_one_on_creeze_id: MaybeId,
  batsman_two_on_creeze_id: MaybeId,
  batsman_id: Id,
  bowler_id: Id,
  batsmanout_id: MaybeId,
  catchstump_id: MaybeId,
  runout_by_id: MaybeId,
  batsman: one(Player),
  bowler: one(Player),
  team: one(Team),
  score: coerced(Score, unwrapOne),
  updated_at: Text
})
export type Ball = typeof Ball.Type

export const Run = Schema.Struct({
  team_id: Id,
  inning: Count,
  score: Count,
  wickets: Count,
  overs: Number_
})
export type Run = typeof Run.Type

export const Scoreboard = Schema.Struct({
  type: Schema.String,
  scoreboard: Schema.String,
  penalty: maybe(Count)
})

export const Batting = Schema.Struct({
  sort: maybe(Count),
  team_id: Id,
  player_id: Id,
  scoreboard: Schema.String,
  score: Count,
  ball: Count,
  four_x: maybe(Count),
  six_x: maybe(Count),
  active: Schema.optionalKey(Flag),
  score_id: MaybeId,
  wicket_id: MaybeId,
  catch_stump_player_id: MaybeId,
  runout_by_id: MaybeId,
  bowling_player_id: MaybeId,
  fow_score: maybe(Number_),
  fow_balls: maybe(Number_),
  batsman: one(Player),
  /** The score object of the dismissal. */
  result: one(Schema.Struct({ name: Text }))
})
export type Batting = typeof Batting.Type

export const Bowling = Schema.Struct({
  sort: maybe(Count),
  team_id: Id,
  active: Schema.optionalKey(Flag),
  scoreboard: Schema.String,
  player_id: Id,
  overs: Number_,
  medians: maybe(Count),
  runs: Count,
  wickets: Count,
  bowler: one(Player)
})
export type Bowling = typeof Bowling.Type

const League = Schema.Struct({ id: Id, name: Text, code: Text })
const Venue = Schema.Struct({ id: Id, name: Text })

/** A match, with whatever relations came along. */
export const Fixture = Schema.Struct({
  id: Id,
  league_id: MaybeId,
  localteam_id: Id,
  visitorteam_id: Id,
  starting_at: Schema.String,
  type: Schema.String,
  status: Schema.String,
  note: Text,
  winner_team_id: MaybeId,
  draw_noresult: Text,
  total_overs_played: maybe(Number_),
  super_over: Schema.optionalKey(Flag),
  rpc_overs: maybe(Number_),
  rpc_target: maybe(Number_),
  localteam: one(Team),
  visitorteam: one(Team),
  league: one(League),
  venue: one(Venue),
  runs: many(Run),
  scoreboards: many(Scoreboard),
  batting: many(Batting),
  bowling: many(Bowling),
  balls: many(Ball),
  lineup: many(Player)
})
export type Fixture = typeof Fixture.Type

/** A fixture that does not fit, and where. */
export interface Misfit {
  /** Its id, where that much could be read. */
  readonly id: string | null
  readonly problem: string
}

const decode = SchemaParser.decodeUnknownResult(Fixture)

export const fixture = (given: unknown): Result.Result<Fixture, Misfit> => {
  const read = decode(given)
  if (Result.isSuccess(read)) return Result.succeed(read.success)
  const id = isRecord(given) ? toId(given["id"]) : null
  return Result.fail({ id: typeof id === "string" ? id : null, problem: firstIssue(read.failure) })
}

/** A list of fixtures. One that does not fit is left out and told of; the others are read. */
export const fixtures = (
  given: ReadonlyArray<unknown>
): { readonly fixtures: ReadonlyArray<Fixture>; readonly misfits: ReadonlyArray<Misfit> } => {
  const fits: Array<Fixture> = []
  const misfits: Array<Misfit> = []
  for (const each of given) {
    const read = fixture(each)
    if (Result.isSuccess(read)) fits.push(read.success)
    else misfits.push(read.failure)
  }
  return { fixtures: fits, misfits }
}

export interface Envelope {
  readonly data: unknown
  /** Of a list in pages: there is another one after it. */
  readonly more: boolean
}

/** An answer's `data`, or why it is no answer: gateways send pages of HTML with status 200. */
export const envelope = (text: string): Result.Result<Envelope, string> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    const kind = /^\s*</.test(text) ? "a page of HTML" : text.trim() === "" ? "nothing" : "no JSON"
    return Result.fail(`${kind} came instead of an answer`)
  }
  if (!isRecord(json) || !("data" in json)) return Result.fail("the answer holds no data")
  const { data, links, meta } = json
  return Result.succeed({ data, more: hasMore(links, meta) })
}

const hasMore = (links: unknown, meta: unknown): boolean => {
  if (isRecord(links) && "next" in links) return typeof links["next"] === "string"
  const paging = isRecord(meta) && isRecord(meta["pagination"]) ? meta["pagination"] : meta
  if (!isRecord(paging)) return false
  const page = toNumber(paging["current_page"])
  const last = toNumber(paging["last_page"] ?? paging["total_pages"])
  return typeof page === "number" && typeof last === "number" && page < last
}

/** What an error's body says, in whatever shape; null where it says nothing. */
export const complaint = (text: string): string | null => {
  try {
    const json: unknown = JSON.parse(text)
    return spoken(json, 0)
  } catch {
    return null
  }
}

const spoken = (given: unknown, depth: number): string | null => {
  if (typeof given === "string") return given.trim() === "" ? null : given.slice(0, 200)
  if (depth > 3 || !isRecord(given)) return null
  return spoken(given["message"] ?? given["error"] ?? given["errors"] ?? Object.values(given)[0], depth + 1)
}

const issues = SchemaIssue.makeFormatterStandardSchemaV1()

/** Where it is wrong and how, in a line; what was found there is not quoted. */
const firstIssue = (issue: SchemaIssue.Issue): string => {
  const first = issues(issue).issues[0]
  if (first === undefined) return "it does not fit"
  const path = (first.path ?? []).map((step) => String(typeof step === "object" ? step.key : step)).join(".")
  const [expected] = first.message.split(", got ")
  const what = expected!.replace(/\s+/g, " ").slice(0, 120)
  return path === "" ? what : `${path}: ${what}`
}
