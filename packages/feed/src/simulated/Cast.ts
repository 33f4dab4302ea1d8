import { Chance } from "@sightscreen/decider"
import type { Ids, Outcome, Snapshot } from "@sightscreen/domain"
import * as Odds from "./Odds.ts"

/** Two sides, who is in them and how good they are; nobody here exists. */
export interface Player {
  readonly id: Ids.PlayerId
  /** How easily he is out, next to an ordinary batter. */
  readonly frailty: number
  /** How freely he scores. */
  readonly stroke: number
  /** How many wickets he takes, next to an ordinary bowler. */
  readonly sting: number
}

export interface Team {
  readonly side: Outcome.Side
  readonly info: Snapshot.Team
  /** In the order of batting. */
  readonly eleven: ReadonlyArray<Player>
  /** Who comes in for a player with a concussion. */
  readonly twelfth: Player
  readonly keeper: Player
  /** Those who bowl, the best first; there are seven. */
  readonly bowlers: ReadonlyArray<Player>
}

export interface Cast {
  readonly home: Team
  readonly away: Team
  readonly venue: string
  readonly competition: string
  readonly gender: "male" | "female"
}

const teams: ReadonlyArray<readonly [name: string, code: string]> = [
  ["Northland", "NLD"],
  ["Southmoor", "SMR"],
  ["Eastvale", "EVL"],
  ["Westbrook", "WBK"],
  ["Port Amber", "PAM"],
  ["Silver Bay", "SBY"],
  ["Highfell", "HFL"],
  ["Saltmarsh", "SLT"],
  ["Red Plains", "RPL"],
  ["Marigold Coast", "MGC"],
  ["Tamarind", "TAM"],
  ["Kestrel Hills", "KHL"],
  ["Monsoon City", "MON"],
  ["Blue Lagoon", "BLG"],
  ["Thornbury", "THB"],
  ["Cedar Valley", "CVL"]
]

const surnames: ReadonlyArray<string> = (
  "Abara Ackland Adeyemi Alwis Amberley Anand Ashdown Bakshi Banerji Barlowe Bexley Bhandara Birch Boateng Brackley " +
  "Chandran Choudry Clegg Colvile Dabre Darrow Desilva Dhillon Drummond Eastman Ekanayake Farrant Fennimore Gamage " +
  "Garrick Ghoshal Grantley Haldane Harrow Hettige Hosking Iqbal Jadoon Jarvis Jayanta Kamara Karim Kettle Khanna " +
  "Kirtley Lamba Langtry Linnet Madan Marchbank Mendes Merrow Mistry Mokoena Nadkarni Ndlovu Netley Obi Okafor " +
  "Paliwal Pemberton Perera Pillay Quill Rahane Ramdin Redfern Rookwood Sandhu Sarkar Selby Shirazi Sookram Tandon " +
  "Thorne Tremlow Umar Vance Venkat Vickery Wadia Walcott Wexford Wickrama Yadavan Yarrow Zaman Zondi"
).split(" ")

const initials = "ABCDEFGHIJKLMNOPRSTVWYZ"

const venues: ReadonlyArray<string> = [
  "Harbour Oval",
  "Old Mill Ground",
  "Lantern Park",
  "The Embankment",
  "Mango Grove"
]
const competitions: ReadonlyArray<string> = [
  "Meridian Cup",
  "Monsoon Series",
  "Five Rivers League",
  "Friendship Trophy"
]

export const of = (chance: Chance.Chance, gender: Cast["gender"] | undefined): Cast => {
  const dice = Chance.dice(chance)
  const first = dice.below(teams.length)
  const second = (first + 1 + dice.below(teams.length - 1)) % teams.length
  // A walk through the list in steps that share no factor with its length meets every name once.
  const from = dice.below(surnames.length)
  const stride = dice.pick(strides)
  let met = 0
  const name = (): Ids.PlayerId => {
    const surname = surnames[(from + stride * met++) % surnames.length]!
    return `${initials[dice.below(initials.length)]!} ${surname}` as Ids.PlayerId
  }
  const team = (side: Outcome.Side, index: number): Team => {
    const quality = 0.92 + 0.16 * dice.unit()
    const vary = () => 0.85 + 0.3 * dice.unit()
    const eleven = Odds.frailty.map(
      (frailty, place): Player => ({
        id: name(),
        frailty: (frailty * vary()) / quality,
        stroke: Odds.stroke[place]! * vary() * (0.8 + 0.2 * quality),
        sting: (place < 6 ? 0.8 : 1.02) * vary() * quality
      })
    )
    const [full, code] = teams[index]!
    return {
      side,
      info: { name: full, code },
      eleven,
      twelfth: { ...eleven[6]!, id: name() },
      keeper: eleven[5]!,
      bowlers: [10, 9, 8, 7, 6, 4, 3].map((place) => eleven[place]!)
    }
  }
  return {
    home: team("home", first),
    away: team("away", second),
    venue: dice.pick(venues),
    competition: dice.pick(competitions),
    gender: gender ?? (dice.happens(0.25) ? "female" : "male")
  }
}

/** None of them shares a factor with the number of names. */
const strides = [1, 3, 5, 7, 9, 13].filter((stride) => {
  let [a, b] = [surnames.length, stride]
  while (b > 0) [a, b] = [b, a % b]
  return a === 1
})

export const other = (side: Outcome.Side): Outcome.Side => (side === "home" ? "away" : "home")

/** Names by id, for everybody who may be mentioned. */
export const names = ({ away, home }: Cast): Readonly<Record<Ids.PlayerId, string>> => {
  const players: Record<Ids.PlayerId, string> = {}
  for (const team of [home, away]) {
    for (const { id } of team.eleven) players[id] = id
    players[team.twelfth.id] = team.twelfth.id
  }
  return players
}
