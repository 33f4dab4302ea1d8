import * as fs from "node:fs"
import * as path from "node:path"

/**
 * A match of a few overs a side that Red win by twelve runs: long enough for a wicket in every over, and quickly played.
 */
const name = (side: string, nth: number) => `${side} ${"ABCDEFGHIJK"[nth]}`

const innings = (team: string, other: string, runs: number, overs: number) => {
  let out = 0
  const batting = [0, 1]
  let next = 2
  return {
    team,
    overs: Array.from({ length: overs }, (_, over) => ({
      over,
      deliveries: Array.from({ length: 6 }, (_, ball) => {
        const batter = name(team, batting[0]!)
        const falls = ball === 3
        const made = falls ? 0 : ball === 0 && over < runs ? 4 : 0
        if (falls) {
          out += 1
          batting[0] = next
          next += 1
        }
        const delivery = {
          batter,
          bowler: name(other, 10 - (over % 2)),
          non_striker: name(team, batting[1]!),
          runs: { batter: made, extras: 0, total: made },
          ...(falls ? { wickets: [{ kind: "bowled", player_out: batter }] } : {})
        }
        // An even number of runs: only the end of an over changes ends.
        if (ball === 5) batting.reverse()
        return delivery
      })
    })),
    out
  }
}

const side = (team: string) => Array.from({ length: 11 }, (_, nth) => name(team, nth))

const match = (overs: number) => {
  const [first, second] = [innings("Red", "Blue", 4, overs), innings("Blue", "Red", 1, overs)]
  return {
    info: {
      match_type: "T20",
      overs,
      balls_per_over: 6,
      gender: "male",
      teams: ["Red", "Blue"],
      dates: ["2026-01-02"],
      players: { Red: side("Red"), Blue: side("Blue") },
      event: { name: "A Short Match" },
      outcome: { winner: "Red", by: { runs: 12 } }
    },
    innings: [first, second].map(({ overs, team }) => ({ team, overs }))
  }
}

/** Writes it into a folder, and answers where. There are wickets for nine overs. */
export const shortMatch = (folder: string, overs = 4): string => {
  const file = path.join(folder, "short.json")
  fs.writeFileSync(file, JSON.stringify(match(overs)))
  return file
}
