import type { Ids, Snapshot } from "@sightscreen/domain"
import { teamCodes } from "../recorded/teamCode.ts"
import { playerId } from "./Ball.ts"
import type * as Wire from "./Wire.ts"

/**
 * Who is meant by the ids in a fixture.
 *
 * Names come with whatever relation mentions somebody, and not with every answer, so those that were read before go on
 * being known. A name that nobody has told is made of the id.
 */
export interface Names {
  readonly teams: ReadonlyMap<string, Snapshot.Team>
  readonly players: Readonly<Record<Ids.PlayerId, string>>
}

export const empty: Names = { teams: new Map(), players: {} }

/** With what a fixture tells. The very same object where it tells nothing new. */
export const learn = (self: Names, fixture: Wire.Fixture): Names => {
  let teams = self.teams
  let players = self.players
  const meetTeam = (team: Wire.Team | null | undefined) => {
    const name = team?.name?.trim()
    if (team === null || team === undefined || name === undefined || name === "") return
    const code = team.code?.trim() ?? ""
    const known = teams.get(team.id)
    if (known?.name === name && (known.code === code || code === "")) return
    teams = new Map(teams).set(team.id, { name, code: code === "" ? teamCodes(name, "")[0] : code })
  }
  const meet = (player: Wire.Player | null | undefined) => {
    if (player === null || player === undefined) return
    const name = player.fullname?.trim() || `${player.firstname ?? ""} ${player.lastname ?? ""}`.trim()
    if (name === "" || players[playerId(player.id)] === name) return
    if (players === self.players) players = { ...players }
    ;(players as Record<string, string>)[player.id] = name
  }
  meetTeam(fixture.localteam)
  meetTeam(fixture.visitorteam)
  for (const player of fixture.lineup ?? []) meet(player)
  for (const { batsman } of fixture.batting ?? []) meet(batsman)
  for (const { bowler } of fixture.bowling ?? []) meet(bowler)
  for (const ball of fixture.balls ?? []) {
    meetTeam(ball.team)
    meet(ball.batsman)
    meet(ball.bowler)
  }
  return teams === self.teams && players === self.players ? self : { teams, players }
}

export const team = (self: Names, id: string): Snapshot.Team =>
  self.teams.get(id) ?? { name: `Team ${id}`, code: id }

/** Fielders are told by name; one whom no relation names is left out. */
export const player = (self: Names, id: string): string | null => self.players[playerId(id)] ?? null
