import { Activity, Filed as Domain, type Ids } from "@sightscreen/domain"
import { Activities, type Decisions, type Fault } from "@sightscreen/store"
import { Context, Effect, Layer, Result, Schema } from "effect"
import { Chronicle } from "./Chronicle.ts"

const encode = Schema.encodeSync(Schema.toCodecJson(Activity.Activity))
const decode = Schema.decodeUnknownResult(Schema.toCodecJson(Activity.Activity))

export type Filed = Domain.Filed<Activities.Activity>
export type Stepped = Domain.Stepped<Activities.Activity>

/** What the row of an activity holds before its first step. One of a later generation has an id of its own. */
export const draft = (
  matchId: Ids.MatchId,
  phone: Domain.Phone,
  generation: number,
  at: Activities.Draft["updatedAt"]
): Activities.Draft => ({
  ...Domain.first(matchId, phone, generation),
  status: "pending",
  updateToken: null,
  channelId: null,
  activeSince: null,
  state: encode(Activity.wanted),
  updatedAt: at
})

export const stateOf = (row: Activities.Activity): Activity.Activity => {
  const decoded = decode(row.state)
  // A state that an older version wrote and this one cannot read is asked for anew; its address, if there is one, is kept.
  if (Result.isSuccess(decoded)) return decoded.success
  const address: Activity.Address | null =
    row.updateToken !== null
      ? { _tag: "Token", token: row.updateToken }
      : row.channelId !== null
        ? { _tag: "Channel", channelId: row.channelId }
        : null
  return address === null || row.status !== "active"
    ? Activity.wanted
    : {
        _tag: "Active",
        address,
        instance: row.instance,
        since: row.activeSince ?? row.updatedAt,
        attempts: 1,
        renewal: null
      }
}

/** Rows with their states. */
export const filed = (rows: ReadonlyArray<Activities.Activity>): ReadonlyArray<Filed> =>
  rows.map((row) => ({ row, state: stateOf(row) }))

/** An output as it may be written down: no token whole. */
const told = (output: Activity.Output): Schema.Json => {
  switch (output._tag) {
    case "Start":
    case "Unanswered":
      return { said: output._tag, attempt: output.attempt }
    case "End":
      return { said: "End", reason: output.reason, address: tail(output.address) }
    case "Refresh":
      return { said: "Refresh", address: tail(output.address) }
    default:
      return { said: output._tag }
  }
}

const tail = (address: Activity.Address): string =>
  (address._tag === "Token" ? address.token : address.channelId).slice(-6)

const heard = (input: Activity.Input): Schema.Json => {
  switch (input._tag) {
    case "Reported":
      return { heard: "Reported", address: tail(input.address), by: input.address._tag }
    case "TokenDisowned":
      return { heard: "TokenDisowned", address: input.token.slice(-6) }
    case "Closed":
      return { heard: "Closed", reason: input.reason }
    case "Dismissed":
      return { heard: "Dismissed", by: input.by }
    default:
      return { heard: input._tag }
  }
}

export interface Choices {
  /** What a phone is in by now, for activities that are about to be asked for. */
  readonly cohortOf?: (row: Activities.Activity) => string | null
}

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
      input: Activity.Input,
      choices?: Choices
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
      const chronicle = yield* Chronicle

      const attempt = Effect.fnUntraced(function* (
        rows: ReadonlyArray<Activities.Activity>,
        input: Activity.Input,
        { cohortOf }: Choices = {}
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
                  ...Domain.columns(row, after, cohortOf === undefined ? row.cohort : cohortOf(row)),
                  state: encode(after),
                  at: input.at
                }))
              )
        )
        const done = stepped.filter(
          ({ after, before, outputs, row }) =>
            !lost.has(row.activityId) && (after !== before || outputs.length > 0)
        )
        yield* chronicle.note(
          done.map(
            ({ after, before, outputs, row }): Decisions.Entry => ({
              matchId: row.matchId,
              deviceId: row.deviceId,
              activityId: row.activityId,
              at: input.at,
              kind: "activity",
              stamp: null,
              body: {
                from: before._tag,
                to: after._tag,
                ...(heard(input) as object),
                ...(after._tag === "Ended" ? { ended: after.reason } : {}),
                ...(outputs.length === 0 ? {} : { outputs: outputs.map(told) })
              }
            })
          )
        )
        return {
          lost,
          said: done.flatMap(({ after, before, outputs, row }) =>
            outputs.map((output): Stepped => ({ row, before, after, output }))
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
        step: (rows, input, choices) => Effect.map(attempt(rows, input, choices), ({ said }) => said),
        insist,
        tell: (activityId, input) =>
          Effect.flatMap(activities.get(activityId), (row) =>
            row === null ? Effect.succeed([]) : insist([row], input)
          )
      })
    })
  )
}
