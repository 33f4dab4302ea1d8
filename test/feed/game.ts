/** Cricsheet files of a few balls, made by hand. */
export type Json = Record<string, unknown>

export const ball = (bat: number, more: Json = {}): Json => ({
  batter: "Ann",
  non_striker: "Bea",
  bowler: "Zoe",
  runs: { batter: bat, extras: 0, total: bat },
  ...more
})

export const extra = (kinds: Record<string, number>, bat = 0, more: Json = {}): Json => {
  const extras = Object.values(kinds).reduce((sum, runs) => sum + runs, 0)
  return ball(bat, { runs: { batter: bat, extras, total: bat + extras }, extras: kinds, ...more })
}

export const wicket = (kind: string, player_out = "Ann", more: Json = {}): Json =>
  ball(0, { wickets: [{ kind, player_out }], ...more })

export const over = (number: number, ...deliveries: ReadonlyArray<Json>): Json => ({
  over: number,
  deliveries
})

/** Six dots. */
export const quiet = (number: number): Json => over(number, ...Array.from({ length: 6 }, () => ball(0)))

export const innings = (team: string, overs: ReadonlyArray<Json>, more: Json = {}): Json => ({
  team,
  overs,
  ...more
})

export const game = (innings: ReadonlyArray<Json>, info: Json = {}): Json => ({
  meta: { data_version: "1.1.0" },
  info: {
    match_type: "T20",
    teams: ["India", "Sri Lanka"],
    dates: ["2024-07-30"],
    gender: "female",
    overs: 20,
    balls_per_over: 6,
    venue: "Galle",
    event: { name: "Asia Cup" },
    players: { India: ["Ann", "Bea"], "Sri Lanka": ["Zoe"] },
    outcome: { winner: "India", by: { runs: 3 } },
    ...info
  },
  innings
})
