import { Delivery, type Ids, type Outcome } from "@sightscreen/domain"
import { crc32 } from "../Bytes.ts"
import type { Recording } from "../Recording.ts"

/**
 * The ids and objects of everybody and everything in a recorded match, in SportMonks' shapes.
 *
 * Ids are made of names, so that a player has one id in all matches and in every process.
 */
export interface Roster {
  readonly fixtureId: number
  readonly teams: Readonly<Record<Outcome.Side, Thing>>
  readonly league: Thing
  readonly venue: Thing | null
  readonly idOf: (name: string) => number
  readonly player: (name: string) => Thing
  /** Those whose side is told by what they do in the match, in order of their names' appearance. */
  readonly lineup: ReadonlyArray<Thing>
}

export type Thing = Readonly<Record<string, unknown>> & { readonly id: number }

const encoder = new TextEncoder()

/** Above what the provider has given out so far, and within what every language counts exactly. */
export const idFor = (kind: string, name: string): number =>
  1_000_000 + (crc32(encoder.encode(`${kind}/${name}`)) % 900_000_000)

/** A match that goes by a number keeps it. */
export const fixtureIdOf = (matchId: string): number =>
  /^[1-9]\d{0,14}$/.test(matchId) ? Number(matchId) : idFor("fixture", matchId)

const stamp = "2024-01-10T08:00:00.000000Z"

export const make = ({ gender, info, innings, players }: Recording): Roster => {
  const ids = new Map<string, number>()
  const taken = new Set<number>()
  const idOf = (name: string): number => {
    const known = ids.get(name)
    if (known !== undefined) return known
    let id = idFor("player", name)
    while (taken.has(id)) id += 1
    ids.set(name, id)
    taken.add(id)
    return id
  }
  const objects = new Map<string, Thing>()
  const player = (name: string): Thing => {
    const known = objects.get(name)
    if (known !== undefined) return known
    const fullname = players[name as Ids.PlayerId] ?? name
    const [first, ...rest] = fullname.split(" ")
    const id = idOf(name)
    const made: Thing = {
      resource: "players",
      id,
      country_id: 153_732,
      firstname: rest.length === 0 ? "" : first,
      lastname: rest.length === 0 ? first : rest.join(" "),
      fullname,
      image_path: `https://cdn.sportmonks.com/images/cricket/players/${id % 32}/${id}.png`,
      dateofbirth: null,
      gender: gender === "female" ? "f" : "m",
      battingstyle: null,
      bowlingstyle: null,
      position: { resource: "positions", id: 4, name: "Allrounder" },
      updated_at: stamp
    }
    objects.set(name, made)
    return made
  }
  const team = (side: Outcome.Side): Thing => {
    const id = idFor("team", info[side].name)
    return {
      resource: "teams",
      id,
      name: info[side].name,
      code: info[side].code,
      image_path: `https://cdn.sportmonks.com/images/cricket/teams/${id % 32}/${id}.png`,
      country_id: 153_732,
      national_team: false,
      updated_at: stamp
    }
  }
  const teams = { home: team("home"), away: team("away") }

  const sides = new Map<string, Outcome.Side>()
  const join = (name: string, side: Outcome.Side) => {
    if (!sides.has(name)) sides.set(name, side)
  }
  for (const { batting, overs } of innings) {
    const fielding = batting === "home" ? "away" : "home"
    for (const { deliveries } of overs) {
      for (const ball of deliveries) {
        join(ball.batter, batting)
        join(ball.nonStriker, batting)
        join(ball.bowler, fielding)
        for (const { batter, fielders, manner } of ball.dismissals) {
          join(batter, batting)
          if (Delivery.meaning[manner].counts) for (const name of fielders) join(name, fielding)
        }
      }
    }
  }
  const lineup = [...sides].map(([name, side]) => ({
    ...player(name),
    lineup: { team_id: teams[side].id, captain: false, wicketkeeper: false, substitution: false }
  }))

  return {
    fixtureId: fixtureIdOf(info.matchId),
    teams,
    league: {
      resource: "leagues",
      id: idFor("league", info.competition),
      season_id: idFor("season", info.competition),
      country_id: 153_732,
      name: info.competition,
      code: initials(info.competition),
      image_path: null,
      type: "league",
      updated_at: stamp
    },
    venue:
      info.venue === null
        ? null
        : {
            resource: "venues",
            id: idFor("venue", info.venue),
            country_id: 153_732,
            name: info.venue,
            city: null,
            image_path: null,
            capacity: null,
            floodlight: true,
            updated_at: stamp
          },
    idOf,
    player,
    lineup
  }
}

const initials = (name: string): string =>
  name
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.slice(0, 1).toUpperCase())
    .join("")
    .slice(0, 6)
