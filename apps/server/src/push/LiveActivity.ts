import { Effect, Option } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Account from "./Account.ts"
import { example, orNothing, text } from "./Flags.ts"
import * as Kinds from "./Kinds.ts"
import { Mistake } from "./Mistake.ts"
import { print } from "./print.ts"
import * as Send from "./Send.ts"

/** `push liveactivity`: starts, updates and ends, by token or for a whole channel. */

const moment = {
  stale: text("stale", "time", "Shows itself as out of date from then on: 10m"),
  relevance: Flag.Finite("relevance-score").pipe(
    Flag.withDescription("The highest is shown first"),
    Flag.optional
  )
}

const loud = {
  title: text("title", "text", "With a body: lights the screen, and says this"),
  body: text("body", "text", "What it says then"),
  sound: text("sound", "name", "What it sounds like then")
}

const state = {
  contentState: text("content-state", "json", "What it shows, as the app's Swift type decodes it; or a file")
}

interface Moment {
  readonly stale: Option.Option<string>
  readonly relevance: Option.Option<number>
  readonly title: Option.Option<string>
  readonly body: Option.Option<string>
  readonly sound: Option.Option<string>
  readonly contentState: Option.Option<string>
}

/** Seconds from now, for a time that is to come. */
const later = (
  flag: string,
  given: Option.Option<string>,
  now: number
): Effect.Effect<number | undefined, Mistake> => {
  if (Option.isNone(given)) return Effect.undefined
  const time = given.value === "now" ? 0 : Account.seconds(given.value)
  return time === undefined
    ? Effect.fail(new Mistake({ subject: flag, problem: `${given.value} is not a time such as 10m` }))
    : Effect.succeed(Math.ceil(now + time))
}

const momentFlags = ({ body, contentState, relevance, sound, stale, title }: Moment) => ({
  "content-state": contentState,
  title,
  body,
  sound,
  stale,
  "relevance-score": relevance
})

const momentAps = (event: string, it: Moment, now: number) =>
  Effect.gen(function* () {
    const { body, relevance, sound, stale, title } = it
    const says = [title, body, sound].some(Option.isSome)
    return {
      timestamp: now,
      event,
      "content-state": yield* Send.object("--content-state", it.contentState),
      alert: says ? { title: orNothing(title), body: orNothing(body), sound: orNothing(sound) } : undefined,
      "stale-date": yield* later("--stale", stale, now),
      "relevance-score": orNothing(relevance)
    }
  })

/** What a file leaves open: that it is now, and which event the command is for. */
const complete =
  (event: string) =>
  (payload: Readonly<Record<string, unknown>>, now: number): Readonly<Record<string, unknown>> => {
    const { aps } = payload
    return typeof aps === "object" && aps !== null && !Array.isArray(aps)
      ? { ...payload, aps: { timestamp: now, event, ...aps } }
      : payload
  }

const start = Command.make(
  "start",
  {
    attributesType: text("attributes-type", "name", "The Swift type's exact name"),
    attributes: text("attributes", "json", "What never changes; or a file"),
    ...state,
    ...loud,
    inputChannel: text("input-channel", "id", "Updates come from this channel (iOS 18)"),
    inputToken: Flag.Boolean("input-token").pipe(
      Flag.withDescription("Updates come by a token of its own (iOS 18)"),
      Flag.withDefault(false)
    ),
    ...moment,
    ...Send.flags,
    ...Send.collapse
  },
  (flags) => {
    const { attributes, attributesType, inputChannel, inputToken } = flags
    const saying: Send.Saying = {
      flags: {
        "attributes-type": attributesType,
        attributes,
        "input-channel": inputChannel,
        "input-token": inputToken,
        ...momentFlags(flags)
      },
      complete: complete("start"),
      payload: (now) =>
        Effect.gen(function* () {
          return {
            aps: {
              ...(yield* momentAps("start", flags, now)),
              "attributes-type": orNothing(attributesType),
              attributes: yield* Send.object("--attributes", attributes),
              "input-push-token": inputToken ? 1 : undefined,
              "input-push-channel": orNothing(inputChannel)
            }
          }
        })
    }
    return print(Send.push(Kinds.start, saying, flags))
  }
).pipe(
  Command.withDescription("Starts an activity, and always alerts. To a push-to-start token (iOS 17.2)."),
  Command.withShortDescription("Start one"),
  Command.withExamples([
    example(
      "liveactivity start --token 5e0d… --attributes-type MatchAttributes --attributes match.json " +
        '--content-state score.json --title "IND v NZ" --body "The final begins"',
      "From the flags"
    ),
    example("liveactivity start --token 5e0d… --payload start.json", "timestamp and event may be left out")
  ])
)

const update = Command.make(
  "update",
  { ...state, ...loud, ...moment, ...Send.channel, ...Send.flags, ...Send.collapse },
  (flags) => {
    const saying: Send.Saying = {
      flags: momentFlags(flags),
      complete: complete("update"),
      payload: (now) => Effect.map(momentAps("update", flags, now), (aps) => ({ aps }))
    }
    return print(Send.push(Kinds.update, saying, flags))
  }
).pipe(
  Command.withDescription(
    "Changes what an activity shows. To its update token, or published to a channel: with --expires to one that\n" +
      "  stores its latest, without to one that stores nothing."
  ),
  Command.withShortDescription("Change one, or all that follow a channel"),
  Command.withExamples([
    example("liveactivity update --token 77b2… --content-state '{\"runs\":98}'", "To one phone"),
    example(
      "liveactivity update --channel dHN0… --content-state score.json --priority 5",
      "To all that follow"
    )
  ])
)

const end = Command.make(
  "end",
  {
    ...state,
    dismiss: text("dismiss", "time", "Leaves the Lock Screen then: now, 10m; after 4 h unless given"),
    ...loud,
    ...moment,
    ...Send.channel,
    ...Send.flags,
    ...Send.collapse
  },
  (flags) => {
    const { dismiss } = flags
    const saying: Send.Saying = {
      flags: { dismiss, ...momentFlags(flags) },
      complete: complete("end"),
      payload: (now) =>
        Effect.gen(function* () {
          const aps = yield* momentAps("end", flags, now)
          return { aps: { ...aps, "dismissal-date": yield* later("--dismiss", dismiss, now) } }
        })
    }
    return print(Send.push(Kinds.end, saying, flags))
  }
).pipe(
  Command.withDescription("Ends an activity. To its update token, or published to a channel."),
  Command.withShortDescription("End one, or all that follow a channel")
)

export const liveactivity = Command.make("liveactivity").pipe(
  Command.withDescription("Starts, updates and ends Live Activities, by token or for a whole channel."),
  Command.withShortDescription("Start, update and end a Live Activity"),
  Command.withSubcommands([start, update, end])
)
