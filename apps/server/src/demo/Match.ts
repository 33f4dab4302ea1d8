import type { Ids } from "@sightscreen/domain"
import { type Recording, Server } from "@sightscreen/feed"

/**
 * The match when it is played for the so-manieth time: another match to everybody but the archive. Feeds name their matches
 * by numbers, so runs are told apart by the billions.
 */
export const idOf = (recording: Recording.Recording, run: number): Ids.MatchId =>
  String(Server.fixtureIdOf(recording.info.matchId) + (run - 1) * 1_000_000_000) as Ids.MatchId
