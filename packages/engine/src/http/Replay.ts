import { Api, Problems } from "@sightscreen/api"
import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { among } from "./Paging.ts"
import { type Control, type NoSuchReplay, ReplayDesk, type ReplayFailed } from "../ReplayDesk.ts"

export const layer = HttpApiBuilder.group(Api.Api, "replay", (handlers) =>
  Effect.gen(function* () {
    const desk = Option.getOrNull(yield* Effect.serviceOption(ReplayDesk))
    const notOffered = new Problems.NotOffered({ detail: "replays are switched off" })

    const ask = <A>(
      question: (desk: ReplayDesk["Service"]) => Effect.Effect<A, NoSuchReplay | ReplayFailed>
    ): Effect.Effect<A, Problems.NotOffered | Problems.NoSuchReplay | Problems.NotNow> =>
      desk === null
        ? Effect.fail(notOffered)
        : question(desk).pipe(
            Effect.catchTags({
              NoSuchReplay: () => Effect.fail(new Problems.NoSuchReplay({ detail: "none of that name" })),
              ReplayFailed: ({ problem }) =>
                Effect.andThen(
                  Effect.logWarning(`replay: ${problem}`),
                  Effect.fail(new Problems.NotNow({ detail: "recorded matches are out of reach" }))
                )
            })
          )

    return handlers.handleAll({
      start: ({ payload: { speed = 1, tapeId } }) => ask((it) => it.start(tapeId, speed)),
      list: ({ query }) =>
        Effect.map(
          ask((it) => it.all),
          (all) => {
            const { next, rows } = among(all, query, ({ matchId }) => matchId)
            return { matches: rows, next }
          }
        ),
      control: Effect.fnUntraced(function* ({ params: { matchId }, payload }) {
        const control = controlOf(payload)
        if (control === null)
          return yield* new Problems.BadRequest({
            errors: [{ path: ["payload"], message: "seek wants a position, and setSpeed a speed" }]
          })
        return yield* ask((it) => it.control(matchId, control))
      }),
      remove: ({ params: { matchId } }) => ask((it) => it.remove(matchId)),
      tapes: ({ query }) =>
        Effect.map(
          ask((it) => it.tapes),
          (all) => {
            const { next, rows } = among(all, query, ({ tapeId }) => tapeId)
            return { tapes: rows, next }
          }
        )
    })
  })
)

const controlOf = ({
  action,
  position,
  speed
}: {
  readonly action: Control["action"]
  readonly position?: number
  readonly speed?: number
}): Control | null => {
  switch (action) {
    case "seek":
      return position === undefined ? null : { action, position }
    case "setSpeed":
      return speed === undefined ? null : { action, speed }
    default:
      return { action }
  }
}
