import { Activity, type Ids } from "@sightscreen/domain"
import { Activities, type Fault } from "@sightscreen/store"
import { Context, Effect, Layer, Result, Schema } from "effect"

const status: Readonly<Record<Activity.Activity["_tag"], Activities.Status>> = {
  Pending: "pending",
  Active: "active",
  TokenInvalid: "token_invalid",
  Failed: "failed",
  Ended: "ended"
}

const encode = Schema.encodeSync(Schema.toCodecJson(Activity.Activity))
const decode = Schema.decodeUnknownResult(Schema.toCodecJson(Activity.Activity))

/** An activity with what its decider says of it. */
export interface Stepped {
  readonly row: Activities.Activity
  readonly output: Activity.Output
}

/** What the row of an activity holds before its first step. One of a later generation has an id of its own. */
export const draft = (
  match: Ids.MatchId,
  device: { readonly deviceId: Ids.DeviceId; readonly userId: Ids.UserId },
  generation: number,
  at: Activities.Draft["updatedAt"]
): Activities.Draft => ({
  activityId: `${match}/${device.deviceId}/${generation}` as Ids.ActivityId,
  matchId: match,
  deviceId: device.deviceId,
  userId: device.userId,
  generation,
  status: "pending",
  updateToken: null,
  state: encode(Activity.wanted),
  updatedAt: at
})

export const stateOf = (row: Activities.Activity): Activity.Activity => {
  const decoded = decode(row.state)
  // A state that an older version wrote and this one cannot read is asked for anew; the token, if there is one, is kept.
  if (Result.isSuccess(decoded)) return decoded.success
  return row.updateToken === null
    ? Activity.wanted
    : { _tag: "Active", token: row.updateToken, since: row.updatedAt, attempts: 1 }
}

/** Ended because its owner wanted it to: following again begins the next generation. */
export const isLeft = (state: Activity.Activity): boolean =>
  state._tag === "Ended" && state.reason !== "match over"

/** The newest activity of a match among those of a device. */
export const newest = (
  rows: ReadonlyArray<Activities.Activity>,
  matchId: Ids.MatchId
): Activities.Activity | null =>
  rows.reduce<Activities.Activity | null>(
    (found, row) =>
      row.matchId === matchId && (found === null || row.generation > found.generation) ? row : found,
    null
  )

/**
 * Takes activities through their decider and saves them.
 *
 * What a decider says is answered only for rows that were saved, so nothing is done twice.
 */
export class ActivityDesk extends Context.Service<
  ActivityDesk,
  {
    /**
     * For what comes again, such as the time: a row that somebody else has saved meanwhile is not stepped, and the next
     * round looks at it again.
     */
    readonly step: (
      rows: ReadonlyArray<Activities.Activity>,
      input: Activity.Input
    ) => Effect.Effect<ReadonlyArray<Stepped>, Fault.Fault>
    /** For news that comes once: rows that somebody else has saved meanwhile are read and stepped again. */
    readonly insist: (
      rows: ReadonlyArray<Activities.Activity>,
      input: Activity.Input
    ) => Effect.Effect<ReadonlyArray<Stepped>, Fault.Fault>
    /** The same for one that is known by its name. */
    readonly tell: (
      activityId: Ids.ActivityId,
      input: Activity.Input
    ) => Effect.Effect<ReadonlyArray<Stepped>, Fault.Fault>
  }
>()("@sightscreen/engine/ActivityDesk") {
  static readonly layer = Layer.effect(
    ActivityDesk,
    Effect.gen(function* () {
      const activities = yield* Activities.Activities

      const attempt = Effect.fnUntraced(function* (
        rows: ReadonlyArray<Activities.Activity>,
        input: Activity.Input
      ) {
        const stepped = rows.map((row) => {
          const before = stateOf(row)
          const [after, outputs] = Activity.step(before, input)
          return { row, before, after, outputs }
        })
        const changed = stepped.filter(({ after, before }) => after !== before)
        const lost = new Set(
          changed.length === 0
            ? []
            : yield* activities.save(
                changed.map(({ after, row }) => ({
                  activityId: row.activityId,
                  version: row.version,
                  status: status[after._tag],
                  updateToken: after._tag === "Active" ? after.token : null,
                  state: encode(after),
                  at: input.at
                }))
              )
        )
        return {
          lost,
          said: stepped.flatMap(({ outputs, row }) =>
            lost.has(row.activityId) ? [] : outputs.map((output): Stepped => ({ row, output }))
          )
        }
      })

      const insist = Effect.fnUntraced(function* (
        rows: ReadonlyArray<Activities.Activity>,
        input: Activity.Input
      ) {
        const all: Array<Stepped> = []
        let waiting = rows
        // Somebody who is faster has made a step of their own, so this ends when they have no more to make.
        while (waiting.length > 0) {
          const { lost, said } = yield* attempt(waiting, input)
          all.push(...said)
          const again = yield* Effect.forEach(lost, (activityId) => activities.get(activityId))
          waiting = again.filter((row) => row !== null)
        }
        return all
      })

      return ActivityDesk.of({
        step: (rows, input) => Effect.map(attempt(rows, input), ({ said }) => said),
        insist,
        tell: (activityId, input) =>
          Effect.flatMap(activities.get(activityId), (row) =>
            row === null ? Effect.succeed([]) : insist([row], input)
          )
      })
    })
  )
}
