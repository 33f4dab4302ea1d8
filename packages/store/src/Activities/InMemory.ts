import { Effect } from "effect"
import type { Activities, Activity } from "../Activities.ts"
import * as Groups from "../Groups.ts"
import type { Page } from "../Page.ts"
import { Book } from "../Preferences.ts"
import * as Table from "../Table.ts"
import * as Waiting from "../Waiting.ts"

/** Live Activities in memory, for a world that ends with its process. */
export const make = Effect.map(Book, (book) => {
  const rows = new Map<string, Activity>()
  const taken = new Map<string, string>()
  const ofMatch = Groups.make()
  const ofDevice = Groups.make()
  const ofUser = Groups.make()
  const ofToken = Groups.make()
  const ofChannel = Groups.make()
  const unname = ({ activityId, channelId, updateToken }: Activity): void => {
    if (updateToken !== null) ofToken.remove(updateToken, activityId)
    if (channelId !== null) ofChannel.remove(channelId, activityId)
  }
  const put = (activity: Activity): void => {
    const before = rows.get(activity.activityId)
    if (before !== undefined) unname(before)
    if (activity.updateToken !== null) ofToken.add(activity.updateToken, activity.activityId)
    if (activity.channelId !== null) ofChannel.add(activity.channelId, activity.activityId)
    rows.set(activity.activityId, activity)
  }
  const drop = (activity: Activity): void => {
    const { activityId } = activity
    rows.delete(activityId)
    taken.delete(place(activity))
    ofMatch.remove(activity.matchId, activityId)
    ofDevice.remove(activity.deviceId, activityId)
    ofUser.remove(activity.userId, activityId)
    unname(activity)
  }
  const those = (keys: Iterable<string>) => [...keys].flatMap((each) => rows.get(each) ?? [])
  const paged = (group: Groups.Groups, name: string, page: Page, pass: (activity: Activity) => boolean) =>
    Groups.page(group, name, page, (key) => {
      const row = rows.get(key)
      return row !== undefined && pass(row) ? row : null
    })
  const all: Activities["Service"] = {
    insert: (drafts) =>
      Effect.sync(() =>
        Table.inOrder(drafts, id)
          .filter((draft) => {
            if (rows.has(draft.activityId) || taken.has(place(draft))) return false
            put({ ...draft, version: 0 })
            taken.set(place(draft), draft.activityId)
            ofMatch.add(draft.matchId, draft.activityId)
            ofDevice.add(draft.deviceId, draft.activityId)
            ofUser.add(draft.userId, draft.activityId)
            return true
          })
          .map(({ activityId }) => activityId)
      ),
    save: (wanted) =>
      Effect.sync(() => {
        const { again, first } = Table.apart(wanted, id)
        const refused = first.filter(({ at, ...save }) => {
          const row = rows.get(save.activityId)
          if (row?.version !== save.version) return true
          put({ ...row, ...save, version: save.version + 1, updatedAt: at })
          return false
        })
        return [...refused, ...again].map(({ activityId }) => activityId)
      }),
    get: (activityId) => Effect.sync(() => rows.get(activityId) ?? null),
    ofMatch: (matchId, statuses, page) =>
      Effect.sync(() => paged(ofMatch, matchId, page, ({ status }) => statuses.includes(status))),
    ofDevice: (deviceId) => Effect.sync(() => those(ofDevice.after(deviceId, null))),
    newest: (matchId, deviceIds) =>
      Effect.sync(() =>
        [...new Set(deviceIds)].sort().flatMap(
          (deviceId) =>
            those(ofDevice.after(deviceId, null))
              .filter((each) => each.matchId === matchId)
              .sort((a, b) => b.generation - a.generation)[0] ?? []
        )
      ),
    ofUser: (userId, matchId) =>
      Effect.sync(() => those(ofUser.after(userId, null)).filter((each) => each.matchId === matchId)),
    byInstance: (deviceId, instance) =>
      Effect.sync(() =>
        latest(those(ofDevice.after(deviceId, null)).filter((each) => each.instance === instance))
      ),
    byUpdateToken: (token) => Effect.sync(() => latest(those(ofToken.after(token, null)))),
    liveTokens: (matchId, page = { limit: Infinity, after: null }, cohort) =>
      Effect.sync(() =>
        Groups.page(ofMatch, matchId, page, (key) => {
          const row = rows.get(key)
          if (row === undefined || row.status !== "active" || row.updateToken === null) return null
          if (cohort !== undefined && row.cohort !== cohort) return null
          const { activityId, deviceId, updateToken } = row
          return { activityId, deviceId, updateToken, cohort: row.cohort }
        })
      ),
    waiting: Effect.sync(() =>
      Waiting.of([...rows.values()].flatMap((row) => (row.status === "pending" ? [row.updatedAt] : [])))
    ),
    cohorts: (matchId) =>
      Effect.sync(() => {
        const open = those(ofMatch.after(matchId, null)).filter(({ status }) => status !== "ended")
        return [...new Set(open.flatMap(({ cohort }) => cohort ?? []))].sort()
      }),
    ofChannel: (channelId, page) =>
      Effect.sync(() => paged(ofChannel, channelId, page, ({ status }) => status !== "ended")),
    aged: (matchId, before, page) =>
      Effect.sync(() =>
        paged(
          ofMatch,
          matchId,
          page,
          ({ activeSince, status }) => status === "active" && activeSince !== null && activeSince <= before
        )
      ),
    personal: (matchId, page) =>
      Effect.sync(() =>
        paged(
          ofMatch,
          matchId,
          page,
          ({ status, updateToken, userId }) => status === "active" && updateToken !== null && book.has(userId)
        )
      ),
    crowding: (deviceIds, many) =>
      Effect.sync(() =>
        Table.inOrder(
          [...new Set(deviceIds)].flatMap((deviceId) => {
            const active = those(ofDevice.after(deviceId, null)).filter(({ status }) => status === "active")
            return active.length >= many ? active : []
          }),
          id
        )
      ),
    devicesOf: (userId) =>
      Effect.sync(() =>
        [...new Set(those(ofUser.after(userId, null)).map(({ deviceId }) => deviceId))].sort()
      ),
    erase: (userId) =>
      Effect.sync(() => {
        const gone = those([...ofUser.after(userId, null)])
        gone.forEach(drop)
        return gone.length
      }),
    forget: (before) =>
      Effect.sync(() => {
        const gone = [...rows.values()].filter(
          ({ status, updatedAt }) => (status === "ended" || status === "failed") && updatedAt < before
        )
        gone.forEach(drop)
        return gone.length
      })
  }
  return all
})

const place = ({
  deviceId,
  generation,
  matchId
}: Pick<Activity, "deviceId" | "generation" | "matchId">): string =>
  JSON.stringify([matchId, deviceId, generation])

const id = ({ activityId }: { readonly activityId: string }): string => activityId

/** The one that was changed last; of several at once the last by its id. */
const latest = (inOrder: ReadonlyArray<Activity>): Activity | null =>
  inOrder.reduce<Activity | null>(
    (best, each) => (best === null || each.updatedAt >= best.updatedAt ? each : best),
    null
  )
