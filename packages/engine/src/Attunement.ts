import { Token } from "@sightscreen/apns"
import { Cohort } from "@sightscreen/domain"
import { Activities, Devices } from "@sightscreen/store"
import { Effect, Result } from "effect"
import { now } from "./Now.ts"
import { phoneOf } from "./Phones.ts"
import type { Running } from "./ScorePoller.ts"

/** Activities whose owners want other things to buzz than they are told with: the hour has come, or a mind was changed. */
export const make = Effect.gen(function* () {
  const activities = yield* Activities.Activities
  const devices = yield* Devices.Devices

  return Effect.fnUntraced(function* (running: Running, rows: ReadonlyArray<Activities.Activity>) {
    if (rows.length === 0) return
    const known = new Map(
      (yield* devices.getMany(rows.map(({ deviceId }) => deviceId))).map((one) => [one.deviceId, one])
    )
    const at = yield* now
    const moved = rows.flatMap((row) => {
      const device = known.get(row.deviceId)
      const before = row.cohort === null ? null : Cohort.named(row.cohort)
      if (device === undefined || device.userId !== row.userId || before === null) return []
      const cohort = Cohort.nameOf(Cohort.hearing(before, phoneOf(device, at).hears ?? null))
      return cohort === row.cohort ? [] : [{ ...row, cohort }]
    })
    if (moved.length === 0) return
    const lost = new Set(yield* activities.save(moved.map((row) => ({ ...row, at }))))
    for (const { activityId, cohort, deviceId, updateToken } of moved) {
      if (lost.has(activityId)) continue
      running.lane.greet(cohort)
      const token = updateToken === null ? null : Token.fromHex(updateToken)
      // Between two cohorts a bulletin may pass it by.
      if (token !== null && Result.isSuccess(token))
        running.lane.refresh([{ token: token.success, deviceId, activityId, cohort }])
    }
  })
})
