import { readFileSync } from "node:fs"

/**
 * What matches should yield, as separate programs worked it out, and what the command told, in one form: rows that begin
 * with the place (running number, over, ball, label, innings) and go on with who and what.
 */
type Row = ReadonlyArray<string | number | null>

export interface Facts {
  readonly wickets: ReadonlyArray<Row>
  readonly newBatters: ReadonlyArray<Row>
  readonly fifties: ReadonlyArray<Row>
  readonly hundreds: ReadonlyArray<Row>
  readonly nineties: ReadonlyArray<Row>
  readonly onHatTricks: ReadonlyArray<Row>
  readonly hatTricks: ReadonlyArray<Row>
  readonly maidens: ReadonlyArray<Row>
  /** Fours and sixes of each innings. */
  readonly boundaries: ReadonlyArray<Row>
  readonly innings: ReadonlyArray<unknown>
  readonly result: unknown
}

/** A line of the command. */
export interface Line {
  readonly type?: string
  readonly event: string
  readonly tier: number
  readonly innings: number
  readonly over: number
  readonly delivery: number
  readonly label: string
  readonly seq: number
  readonly subject: string
  readonly data: Readonly<Record<string, string | number | null>>
  readonly fate: string
}

export const told = (lines: ReadonlyArray<Line>): Facts => {
  const rows = (event: string, ...more: ReadonlyArray<string>): ReadonlyArray<Row> =>
    lines
      .filter((line) => line.event === event)
      .map((line) => [
        line.seq,
        line.over,
        line.delivery,
        line.label,
        line.innings,
        line.subject,
        ...more.map((name) => line.data[name]!)
      ])
  const innings = lines.filter((line) => line.type === "innings")
  return {
    wickets: rows("wicket", "bowler", "kind", "score"),
    newBatters: rows("new_batsman"),
    fifties: rows("fifty"),
    hundreds: rows("hundred", "runs"),
    nineties: rows("batsman_on_90s"),
    onHatTricks: rows("on_hattrick"),
    hatTricks: rows("hattrick"),
    maidens: rows("maiden").map(([, over, , , innings, bowler]) => [over!, innings!, bowler!]),
    boundaries: innings.map((one) =>
      ["four", "six"].map(
        (event) => lines.filter((line) => line.event === event && line.innings === one.innings).length
      )
    ),
    innings,
    result: lines.find((line) => line.type === "result")
  }
}

interface Result {
  readonly winner?: string
  readonly eliminator?: string
  readonly bowl_out?: string
  readonly result?: string
  readonly method?: string
  readonly by?: Readonly<Record<string, number>>
}

const resultOf = (result: Result) => ({
  type: "result",
  outcome: result.winner === undefined ? result.result : "won",
  winner: result.winner ?? result.eliminator ?? result.bowl_out ?? null,
  by: result.by ?? null,
  method: result.method ?? null,
  decidedBy:
    result.eliminator !== undefined ? "super over" : result.bowl_out !== undefined ? "bowl-out" : null
})

interface Innings {
  readonly team: string
  readonly runs: number
  readonly wickets: number
  readonly overs: string
}

const inningsOf = ({ overs, runs, team, wickets }: Innings, superOver: boolean, index: number) => ({
  type: "innings",
  innings: index + 1,
  team,
  runs,
  wickets,
  overs,
  superOver
})

type Lists = Exclude<keyof Facts, "boundaries" | "innings" | "result">

interface Bundled extends Readonly<Record<Lists, ReadonlyArray<Row>>> {
  readonly innings: ReadonlyArray<
    Innings & { readonly superOver: boolean; readonly fours: number; readonly sixes: number }
  >
  readonly result: Result
}

const read = (file: string | URL): unknown => JSON.parse(readFileSync(file, "utf8"))

/** Of a match that comes with the program. */
export const bundled = (id: string): Facts => {
  const truth = read(new URL(`../truth/${id}.json`, import.meta.url)) as Bundled
  const upToName = (rows: ReadonlyArray<Row>) => rows.map((row) => row.slice(0, 6))
  return {
    wickets: truth.wickets.map((row) => row.slice(0, 9)),
    newBatters: upToName(truth.newBatters),
    fifties: upToName(truth.fifties),
    hundreds: truth.hundreds.map((row) => [...row.slice(0, 6), row[8]!]),
    nineties: upToName(truth.nineties),
    onHatTricks: upToName(truth.onHatTricks),
    hatTricks: upToName(truth.hatTricks),
    maidens: truth.maidens.map(([, over, , , innings, bowler]) => [over!, innings!, bowler!]),
    boundaries: truth.innings.map(({ fours, sixes }) => [fours, sixes]),
    innings: truth.innings.map((one, index) => inningsOf(one, one.superOver, index)),
    result: resultOf(truth.result)
  }
}

interface Placed {
  readonly pos: {
    readonly innings: number
    readonly over: number
    readonly delivery: number
    readonly label: string
    readonly seq: number
  }
  readonly batter?: string
  readonly bowler?: string | null
}

interface Full {
  readonly innings: ReadonlyArray<
    Innings & { readonly super_over: boolean; readonly fours: number; readonly sixes: number }
  >
  readonly wickets: ReadonlyArray<
    Placed & {
      readonly player_out: string
      readonly kind: string
      readonly bowler: string | null
      readonly score: number
      readonly number: number
      readonly counts: boolean
    }
  >
  readonly new_batters: ReadonlyArray<Placed & { readonly number: number }>
  readonly milestones: ReadonlyArray<Placed & { readonly milestone: number; readonly super_over: boolean }>
  readonly nineties: ReadonlyArray<Placed>
  readonly on_hat_trick: ReadonlyArray<Placed>
  readonly hat_tricks: ReadonlyArray<Placed>
  readonly maidens: ReadonlyArray<{
    readonly innings: number
    readonly over: number
    readonly bowler: string
  }>
  readonly result: Result
}

const row = ({ batter, bowler, pos }: Placed, ...more: Row): Row => [
  pos.seq,
  pos.over,
  pos.delivery,
  pos.label,
  pos.innings,
  batter ?? bowler ?? null,
  ...more
]

/** Of a file of Cricsheet's, from the folder of truths beside its own. */
export const beside = (folder: string, id: string): Facts => {
  const truth = read(`${folder}/../truth/${id}.json`) as Full
  const milestones = truth.milestones.filter((one) => !one.super_over)
  return {
    wickets: truth.wickets
      .filter((one) => one.counts)
      .map((one) =>
        row({ pos: one.pos, batter: one.player_out }, one.bowler, one.kind, `${one.score}/${one.number}`)
      ),
    newBatters: truth.new_batters.filter((one) => one.number > 2).map((one) => row(one)),
    fifties: milestones.filter((one) => one.milestone === 50).map((one) => row(one)),
    hundreds: milestones.filter((one) => one.milestone % 100 === 0).map((one) => row(one, one.milestone)),
    nineties: truth.nineties.map((one) => row(one)),
    onHatTricks: truth.on_hat_trick.map((one) => row(one)),
    hatTricks: truth.hat_tricks.map((one) => row(one)),
    maidens: truth.maidens.map((one) => [one.over, one.innings, one.bowler]),
    boundaries: truth.innings.map(({ fours, sixes }) => [fours, sixes]),
    innings: truth.innings.map((one, index) => inningsOf(one, one.super_over, index)),
    result: resultOf(truth.result)
  }
}
