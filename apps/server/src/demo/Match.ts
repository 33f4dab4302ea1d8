import type { Ids } from "@sightscreen/domain"
import type { Recording } from "@sightscreen/feed"

/** The match when it is played for the so-manieth time: another match to everybody but the archive. */
export const idOf = (recording: Recording.Recording, run: number): Ids.MatchId =>
  (run === 1 ? recording.info.matchId : `${recording.info.matchId}-${run}`) as Ids.MatchId
