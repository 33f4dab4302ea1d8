import type { Instant } from "@sightscreen/decider"
import type { Delivery, Format, Ids, Outcome, Over, Snapshot } from "@sightscreen/domain"
import { Result } from "effect"
import { type FeedError, unreadable } from "../FeedError.ts"
import { BadBytes, crc32, type Reader, reader, type Writer, writer } from "./Bytes.ts"
import { type Innings, noPenalties, type Recording } from "./Recording.ts"

/**
 * A recording in a few kilobytes, without loss: `.tape` files.
 *
 * ```
 * "tape" · version · length of the body (4 bytes) · CRC-32 of the body (4 bytes) · body
 * body: attribution · texts · match · innings
 * ```
 *
 * Texts are written once, as UTF-8, and then meant by their number. A ball is one byte as long as it goes as balls go: runs off the
 * bat, the batters who should be at their ends by now, the bowler of the over. Whatever is otherwise follows behind it.
 *
 * A tape states the source of its data in itself, since the licence asks for that wherever the data go. A file cut short,
 * a file with a byte changed and a file of a later version are each told apart.
 */
export const attribution = "Ball-by-ball data: Cricsheet (https://cricsheet.org), ODC-BY 1.0"

export const version = 1

const magic = [0x74, 0x61, 0x70, 0x65] as const
const headBytes = magic.length + 1 + 4 + 4

export const encode = (recording: Recording): Uint8Array<ArrayBuffer> => {
  const body = writer()
  body.text(attribution)
  const texts = textsOf(recording)
  body.number(texts.size)
  for (const text of texts.keys()) body.text(text)
  writeMatch(body, recording, texts)
  const bytes = body.bytes()

  const tape = new Uint8Array(headBytes + bytes.length)
  const view = new DataView(tape.buffer)
  tape.set(magic)
  view.setUint8(4, version)
  view.setUint32(5, bytes.length)
  view.setUint32(9, crc32(bytes))
  tape.set(bytes, headBytes)
  return tape
}

/** Reads a tape; `name` is what to call it in an error. Never throws. */
export const decode = (bytes: Uint8Array, name = "tape"): Result.Result<Recording, FeedError> => {
  const problem = problemOf(bytes)
  if (problem !== null) return Result.fail(unreadable(name, problem))
  try {
    const body = reader(bytes.subarray(headBytes))
    body.text()
    const texts = Array.from({ length: countOf(body) }, () => body.text())
    const recording = readMatch(body, texts)
    if (body.left() > 0) throw new BadBytes(`${body.left()} bytes are left over`)
    return Result.succeed(recording)
  } catch (thrown) {
    if (thrown instanceof BadBytes)
      return Result.fail(unreadable(name, `not a sound tape: ${thrown.message}`))
    throw thrown
  }
}

/** What is wrong with the outside of a tape; null if nothing is. */
const problemOf = (bytes: Uint8Array): string | null => {
  if (bytes.length === 0) return "not a tape: the file is empty"
  if (magic.some((byte, index) => index < bytes.length && bytes[index] !== byte)) {
    return 'not a tape: it does not begin with "tape"'
  }
  if (bytes.length < headBytes) return `the tape breaks off after ${bytes.length} bytes, in its head`
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint8(4) !== version)
    return `a tape of version ${view.getUint8(4)}; this reads version ${version}`
  const length = headBytes + view.getUint32(5)
  if (bytes.length < length) return `the tape breaks off after ${bytes.length} of ${length} bytes`
  if (bytes.length > length) return `the tape has ${bytes.length - length} bytes too many`
  return crc32(bytes.subarray(headBytes)) === view.getUint32(9)
    ? null
    : "the tape is damaged: its checksum is wrong"
}

/** How many of something follow: never more than there are bytes, whatever a forged tape says. */
const countOf = (from: Reader): number => {
  const count = from.number()
  if (count > from.left()) throw new BadBytes("the bytes end too early")
  return count
}

type Texts = ReadonlyMap<string, number>

const textsOf = (recording: Recording): Texts => {
  const texts = new Map<string, number>()
  const add = (text: string | null) => {
    if (text !== null && !texts.has(text)) texts.set(text, texts.size)
  }
  // Players first: their numbers are the ones used most, and stay in one byte.
  for (const [id, name] of Object.entries(recording.players)) {
    add(id)
    add(name)
  }
  const { info, outcome } = recording
  for (const text of [info.matchId, info.home.name, info.home.code, info.away.name, info.away.code]) add(text)
  for (const text of [info.competition, info.venue, recording.gender, recording.matchType]) add(text)
  for (const date of recording.dates) add(date)
  add(outcome.method)
  if (outcome._tag === "Tied") add(outcome.decidedBy)
  for (const innings of recording.innings) {
    for (const over of innings.overs) {
      for (const ball of over.deliveries) {
        for (const text of [ball.batter, ball.nonStriker, ball.bowler, ball.id]) add(text)
        for (const dismissal of ball.dismissals) {
          add(dismissal.batter)
          for (const fielder of dismissal.fielders) add(fielder)
        }
      }
    }
  }
  return texts
}

/** Null is 0, anything else one more than it is. */
const writeMaybe = (to: Writer, value: number | null): void => to.number(value === null ? 0 : value + 1)
const readMaybe = (from: Reader): number | null => {
  const value = from.number()
  return value === 0 ? null : value - 1
}

/**
 * What a tape writes for the words of our types. The tables are exhaustive, so that a new word must be given a number; the
 * numbers given once stay.
 */
const kinds: Readonly<Record<Format.Kind, number>> = { t20: 0, odi: 1, hundred: 2, test: 3, "first class": 4 }
const sides: Readonly<Record<Outcome.Side, number>> = { home: 0, away: 1 }
const endings: Readonly<Record<Outcome.Outcome["_tag"], number>> = {
  Won: 0,
  Tied: 1,
  Drawn: 2,
  NoResult: 3,
  Awarded: 4
}
const manners: Readonly<Record<Delivery.Manner, number>> = {
  bowled: 0,
  caught: 1,
  "caught and bowled": 2,
  lbw: 3,
  stumped: 4,
  "hit wicket": 5,
  "run out": 6,
  "obstructing the field": 7,
  "hit the ball twice": 8,
  "handled the ball": 9,
  "timed out": 10,
  "retired out": 11,
  "retired hurt": 12,
  "retired not out": 13
}

const wordOf = <Word extends string>(table: Readonly<Record<Word, number>>, number: number): Word => {
  for (const word in table) if (table[word] === number) return word
  throw new BadBytes(`${number} stands for nothing`)
}

const pick = <A>(from: ReadonlyArray<A>, index: number): A => {
  const found = from[index]
  if (found === undefined) throw new BadBytes(`there is no number ${index} in a list of ${from.length}`)
  return found
}

const writeMatch = (to: Writer, recording: Recording, texts: Texts): void => {
  const text = (value: string) => to.number(texts.get(value)!)
  const maybeText = (value: string | null) => writeMaybe(to, value === null ? null : texts.get(value)!)
  const side = (value: Outcome.Side | null) => writeMaybe(to, value === null ? null : sides[value])
  const { info, innings, outcome, players } = recording

  text(info.matchId)
  to.number(kinds[info.format.kind])
  to.number(info.format.ballsPerOver)
  writeMaybe(to, info.format.overs)
  to.number(info.format.innings)
  for (const team of [info.home, info.away]) {
    text(team.name)
    text(team.code)
  }
  text(info.competition)
  maybeText(info.venue)
  to.number(info.startsAt)
  text(recording.gender)
  text(recording.matchType)
  to.number(recording.dates.length)
  for (const date of recording.dates) text(date)

  const names = Object.entries(players)
  to.number(names.length)
  for (const [id, name] of names) {
    text(id)
    text(name)
  }

  to.number(endings[outcome._tag])
  maybeText(outcome.method)
  if (outcome._tag === "Won" || outcome._tag === "Tied" || outcome._tag === "Awarded") side(outcome.winner)
  if (outcome._tag === "Tied") maybeText(outcome.decidedBy)
  if (outcome._tag === "Won") {
    for (const margin of [outcome.by.innings, outcome.by.runs, outcome.by.wickets]) writeMaybe(to, margin)
  }

  to.number(innings.length)
  for (const one of innings) writeInnings(to, one, texts)
}

const readMatch = (from: Reader, texts: ReadonlyArray<string>): Recording => {
  const text = () => pick(texts, from.number())
  const maybeText = () => {
    const index = readMaybe(from)
    return index === null ? null : pick(texts, index)
  }
  const team = (): Snapshot.Team => ({ name: text(), code: text() })

  const info: Snapshot.MatchInfo = {
    matchId: text() as Ids.MatchId,
    format: {
      kind: wordOf(kinds, from.number()),
      ballsPerOver: from.number(),
      overs: readMaybe(from),
      innings: from.number() === 4 ? 4 : 2
    },
    home: team(),
    away: team(),
    competition: text(),
    venue: maybeText(),
    startsAt: from.number() as Instant.Instant
  }
  const gender = text()
  const matchType = text()
  const dates = Array.from({ length: countOf(from) }, text)
  const players: Record<Ids.PlayerId, string> = Object.fromEntries(
    Array.from({ length: countOf(from) }, () => [text(), text()])
  )
  const outcome = readOutcome(from, maybeText)
  const innings = Array.from({ length: countOf(from) }, () =>
    readInnings(from, texts as ReadonlyArray<Ids.PlayerId>)
  )
  return { info, gender, matchType, dates, players, innings, outcome }
}

const readOutcome = (from: Reader, maybeText: () => string | null): Outcome.Outcome => {
  const side = () => {
    const index = readMaybe(from)
    return index === null ? null : wordOf(sides, index)
  }
  const _tag = wordOf(endings, from.number())
  const method = maybeText()
  switch (_tag) {
    case "Won": {
      const winner = side()
      if (winner === null) throw new BadBytes("nobody won what was won")
      return {
        _tag,
        winner,
        by: { innings: readMaybe(from), runs: readMaybe(from), wickets: readMaybe(from) },
        method
      }
    }
    case "Tied":
      return { _tag, winner: side(), decidedBy: maybeText(), method }
    case "Awarded":
      return { _tag, winner: side(), method }
    case "Drawn":
    case "NoResult":
      return { _tag, method }
  }
}

const inInnings = { away: 1, superOver: 2, declared: 4, forfeited: 8, penalties: 16, target: 32 } as const

const writeInnings = (to: Writer, innings: Innings, texts: Texts): void => {
  const { overs, penalties, target } = innings
  const hasPenalties = penalties.pre > 0 || penalties.post > 0
  to.byte(
    (innings.batting === "away" ? inInnings.away : 0) |
      (innings.superOver ? inInnings.superOver : 0) |
      (innings.declared ? inInnings.declared : 0) |
      (innings.forfeited ? inInnings.forfeited : 0) |
      (hasPenalties ? inInnings.penalties : 0) |
      (target === null ? 0 : inInnings.target)
  )
  if (hasPenalties) {
    to.number(penalties.pre)
    to.number(penalties.post)
  }
  if (target !== null) {
    to.number(target.runs)
    writeMaybe(to, target.balls)
  }
  to.number(overs.length)
  let next = 0
  let ends: Ends = [-1, -1]
  for (const { complete, deliveries, number } of overs) {
    // Overs follow each other and are complete, so this is nearly always 1.
    to.number((number - next) * 2 + (complete ? 1 : 0))
    next = number + 1
    const bowler = texts.get(deliveries[0]!.bowler)!
    to.number(deliveries.length)
    to.number(bowler)
    for (const ball of deliveries) ends = writeBall(to, ball, bowler, ends, texts)
    ends = [ends[1], ends[0]]
  }
}

const readInnings = (from: Reader, texts: ReadonlyArray<Ids.PlayerId>): Innings => {
  const flags = from.byte()
  const penalties =
    (flags & inInnings.penalties) === 0 ? noPenalties : { pre: from.number(), post: from.number() }
  const target = (flags & inInnings.target) === 0 ? null : { runs: from.number(), balls: readMaybe(from) }
  let next = 0
  let ends: Ends = [-1, -1]
  const overs = Array.from({ length: countOf(from) }, (): Over.Over => {
    const head = from.number()
    const number = next + Math.floor(head / 2)
    next = number + 1
    const length = countOf(from)
    if (length === 0) throw new BadBytes(`over ${number} has no balls`)
    const bowler = from.number()
    const deliveries: Array<Delivery.Delivery> = []
    for (let nth = 1; nth <= length; nth++) {
      const [ball, after] = readBall(from, number, nth, bowler, ends, texts)
      deliveries.push(ball)
      ends = after
    }
    ends = [ends[1], ends[0]]
    return { number, deliveries, complete: head % 2 === 1 }
  })
  return {
    batting: (flags & inInnings.away) === 0 ? "home" : "away",
    superOver: (flags & inInnings.superOver) !== 0,
    target,
    declared: (flags & inInnings.declared) !== 0,
    forfeited: (flags & inInnings.forfeited) !== 0,
    penalties,
    overs
  }
}

/** Who should face the next ball and who should be at the other end, as numbers of texts. */
type Ends = readonly [striker: number, nonStriker: number]

/** Ends change with an odd number of runs taken by running; a wide or no-ball is one run that nobody runs. */
const endsAfter = (batter: number, nonStriker: number, ball: Delivery.Delivery): Ends => {
  const run = ball.bat + ball.byes + ball.legByes + Math.max(0, ball.wides - 1)
  return run % 2 === 1 ? [nonStriker, batter] : [batter, nonStriker]
}

/** The low three bits of a ball's byte are the runs off the bat; 7 says that their number follows. */
const manyRuns = 7
const inBall = { oddBoundary: 8, extras: 16, dismissals: 32, batters: 64, more: 128 } as const
const inMore = { bowler: 1, id: 2, at: 4 } as const

const isBoundary = (bat: number): boolean => bat === 4 || bat === 6

const writeBall = (
  to: Writer,
  ball: Delivery.Delivery,
  bowlerOfOver: number,
  ends: Ends,
  texts: Texts
): Ends => {
  const batter = texts.get(ball.batter)!
  const nonStriker = texts.get(ball.nonStriker)!
  const bowler = texts.get(ball.bowler)!
  const extras = ball.wides + ball.noBalls + ball.byes + ball.legByes + ball.penalty > 0
  const newBatters = batter !== ends[0] || nonStriker !== ends[1]
  const more =
    (bowler === bowlerOfOver ? 0 : inMore.bowler) |
    (ball.id === null ? 0 : inMore.id) |
    (ball.at === null ? 0 : inMore.at)
  to.byte(
    Math.min(ball.bat, manyRuns) |
      (ball.boundary === isBoundary(ball.bat) ? 0 : inBall.oddBoundary) |
      (extras ? inBall.extras : 0) |
      (ball.dismissals.length > 0 ? inBall.dismissals : 0) |
      (newBatters ? inBall.batters : 0) |
      (more > 0 ? inBall.more : 0)
  )
  if (ball.bat >= manyRuns) to.number(ball.bat)
  if (more > 0) to.byte(more)
  if ((more & inMore.bowler) !== 0) to.number(bowler)
  if (ball.id !== null) to.number(texts.get(ball.id)!)
  if (ball.at !== null) to.number(ball.at)
  if (newBatters) {
    to.number(batter)
    to.number(nonStriker)
  }
  if (extras) {
    const extrasOfKind = [ball.wides, ball.noBalls, ball.byes, ball.legByes, ball.penalty]
    to.byte(extrasOfKind.reduce((set, runs, index) => (runs > 0 ? set | (1 << index) : set), 0))
    for (const runs of extrasOfKind) if (runs > 0) to.number(runs)
  }
  if (ball.dismissals.length > 0) {
    to.number(ball.dismissals.length)
    for (const dismissal of ball.dismissals) {
      to.number(manners[dismissal.manner])
      to.number(texts.get(dismissal.batter)!)
      to.number(dismissal.fielders.length)
      for (const fielder of dismissal.fielders) to.number(texts.get(fielder)!)
    }
  }
  return endsAfter(batter, nonStriker, ball)
}

const noDismissals: Delivery.Delivery["dismissals"] = []

const readBall = (
  from: Reader,
  over: number,
  nth: number,
  bowlerOfOver: number,
  ends: Ends,
  texts: ReadonlyArray<Ids.PlayerId>
): readonly [ball: Delivery.Delivery, ends: Ends] => {
  const flags = from.byte()
  const low = flags & manyRuns
  const bat = low === manyRuns ? from.number() : low
  const more = (flags & inBall.more) === 0 ? 0 : from.byte()
  const bowler = (more & inMore.bowler) === 0 ? bowlerOfOver : from.number()
  const id = (more & inMore.id) === 0 ? null : pick(texts, from.number())
  const at = (more & inMore.at) === 0 ? null : (from.number() as Instant.Instant)
  const [batter, nonStriker] = (flags & inBall.batters) === 0 ? ends : [from.number(), from.number()]
  const present = (flags & inBall.extras) === 0 ? 0 : from.byte()
  const extra = (index: number) => ((present & (1 << index)) === 0 ? 0 : from.number())
  const ball: Delivery.Delivery = {
    id,
    over,
    nth,
    batter: pick(texts, batter),
    nonStriker: pick(texts, nonStriker),
    bowler: pick(texts, bowler),
    bat,
    wides: extra(0),
    noBalls: extra(1),
    byes: extra(2),
    legByes: extra(3),
    penalty: extra(4),
    boundary: isBoundary(bat) !== ((flags & inBall.oddBoundary) !== 0),
    dismissals:
      (flags & inBall.dismissals) === 0
        ? noDismissals
        : Array.from({ length: countOf(from) }, () => ({
            manner: wordOf(manners, from.number()),
            batter: pick(texts, from.number()),
            fielders: Array.from({ length: countOf(from) }, () => pick(texts, from.number()))
          })),
    at
  }
  return [ball, endsAfter(batter, nonStriker, ball)]
}
