import { type Ids, Muster, OsVersion, Preferences, Yielding } from "@sightscreen/domain"
import { Activities, Devices, type Fault, type Follows } from "@sightscreen/store"
import { Effect } from "effect"
import { ActivityDesk, draft, filed } from "./ActivityDesk.ts"
import { LACoordinator, type Place } from "./LACoordinator.ts"
import { now } from "./Now.ts"
import { phoneOf } from "./Phones.ts"

/** Where matches are, wherever their runners are. */
export type Places = (matchId: Ids.MatchId) => Effect.Effect<Place, Fault.Fault>

/**
 * Sees to it that people's phones have what they are to have. Both triggers, a match that goes live and a person who follows,
 * take this path. Gives the activities that were begun, and those that may be asked for again.
 */
export const make = Effect.gen(function* () {
  const activities = yield* Activities.Activities
  const coordinator = yield* LACoordinator
  const desk = yield* ActivityDesk
  const devices = yield* Devices.Devices

  /** Phones that can show no more: those where the newest waits, and what makes room on the others. */
  const roomFor = Effect.fnUntraced(function* (matchId: Ids.MatchId, phones: ReadonlyArray<Devices.Device>) {
    const full = new Set<Ids.DeviceId>()
    const crowded =
      phones.length === 0
        ? []
        : yield* activities.crowding(
            phones.map(({ deviceId }) => deviceId),
            Yielding.limit
          )
    if (crowded.length === 0) return { full, shown: [] }
    const others = Map.groupBy(
      crowded.filter((row) => row.matchId !== matchId),
      (row) => row.deviceId
    )
    const going = new Set<Ids.ActivityId>()
    for (const { deviceId, likes = Preferences.usual } of phones) {
      const there = others.get(deviceId) ?? []
      const places = there.map(({ activeSince, activityId, updatedAt }) => ({
        activityId,
        since: activeSince ?? updatedAt
      }))
      const room = Yielding.makeRoom(places, likes.yields)
      if (room === null) full.add(deviceId)
      else for (const activityId of room) going.add(activityId)
    }
    return { full, shown: crowded.filter(({ activityId }) => going.has(activityId)) }
  })

  return (place: Places) =>
    Effect.fnUntraced(function* (
      matchId: Ids.MatchId,
      followers: ReadonlyArray<Pick<Follows.Follow, "userId" | "createdAt">>,
      insistent: boolean
    ) {
      const followedAt = new Map(followers.map(({ createdAt, userId }) => [userId, createdAt]))
      const owned = (yield* devices.ofUsers([...followedAt.keys()])).filter(({ osVersion }) =>
        OsVersion.startsRemotely(osVersion)
      )
      if (owned.length === 0) return { begun: [], waiting: [] }
      const rows = yield* activities.newest(
        matchId,
        owned.map(({ deviceId }) => deviceId)
      )
      const last = new Map(filed(rows).map((one) => [one.row.deviceId, one]))
      const at = yield* now
      const { ask, begin, disown, tryAgain } = Muster.of({
        phones: owned,
        last: (deviceId) => last.get(deviceId) ?? null,
        followedAt: (userId) => followedAt.get(userId) ?? at,
        insistent
      })
      const there = new Set([...ask, ...tryAgain].map(({ deviceId }) => deviceId))
      const { full, shown } = yield* roomFor(matchId, [
        ...begin.map(({ phone }) => phone),
        ...owned.filter(({ deviceId }) => there.has(deviceId))
      ])
      for (const [of, some] of Map.groupBy(shown, (row) => row.matchId))
        yield* coordinator.carryOut(yield* place(of), yield* desk.insist(some, { _tag: "Yielded", at }))
      const waiting = ask.filter(({ deviceId }) => !full.has(deviceId))
      const drafts = begin
        .filter(({ phone }) => !full.has(phone.deviceId))
        .map(({ generation, phone }) => draft(matchId, phoneOf(phone, at), generation, at))
      if (disown.length > 0)
        yield* coordinator.carryOut(
          yield* place(matchId),
          yield* desk.insist(disown, { _tag: "Disowned", at })
        )
      const inserted = drafts.length === 0 ? [] : yield* activities.insert(drafts)
      const mine = new Set(inserted)
      const begun = drafts
        .filter(({ activityId }) => mine.has(activityId))
        .map((one): Activities.Activity => ({ ...one, version: 0 }))
      if (tryAgain.length > 0) {
        yield* desk.insist(tryAgain, { _tag: "Wanted", at })
        for (const { activityId } of tryAgain) {
          const row = yield* activities.get(activityId)
          if (row !== null) waiting.push(row)
        }
      }
      return { begun, waiting }
    })
})
