import { Mdm } from "@sightscreen/apns"
import { Effect, Option, Schema } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Account from "./Account.ts"
import { channels } from "./Channels.ts"
import * as Kinds from "./Kinds.ts"
import { Mistake } from "./Mistake.ts"
import { print } from "./print.ts"
import * as Send from "./Send.ts"

/** `push`: any push, by hand. A command for each kind, so that none can be given what it cannot have. */

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const int = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional)

const orNothing = Option.getOrUndefined

const example = (line: string, description: string) => ({
  command: `npm run --silent server -- push ${line}`,
  description
})

const custom = { custom: text("custom", "json", "The app's own keys, beside aps; or a file of them") }

const alertOwn = {
  title: text("title", "text", "What it says first"),
  subtitle: text("subtitle", "text", "Between title and body"),
  body: text("body", "text", "What it says"),
  sound: text("sound", "name", "default, or a file in the app"),
  badge: int("badge", "The number on the icon; 0 removes it"),
  threadId: text("thread-id", "text", "Groups it with others"),
  category: text("category", "text", "One the app has registered, with its buttons"),
  interruption: Flag.Literals("interruption-level", ["passive", "active", "time-sensitive", "critical"]).pipe(
    Flag.withDescription("How much it may disturb"),
    Flag.optional
  ),
  ...custom
}

const alert = Command.make("alert", { ...alertOwn, ...Send.flags, ...Send.collapse }, (flags) => {
  const { badge, body, category, custom, interruption, sound, subtitle, threadId, title } = flags
  const words = { title: orNothing(title), subtitle: orNothing(subtitle), body: orNothing(body) }
  const saying: Send.Saying = {
    flags: {
      title,
      subtitle,
      body,
      sound,
      badge,
      "thread-id": threadId,
      category,
      "interruption-level": interruption,
      custom
    },
    payload: () =>
      Effect.map(Send.object("--custom", custom), (own) => ({
        ...own,
        aps: {
          alert: Object.values(words).some((word) => word !== undefined) ? words : undefined,
          badge: orNothing(badge),
          sound: orNothing(sound),
          "thread-id": orNothing(threadId),
          category: orNothing(category),
          "interruption-level": orNothing(interruption)
        }
      }))
  }
  return print(Send.push(Kinds.alert, saying, flags))
}).pipe(
  Command.withDescription("Something that a person sees or hears. To a device token."),
  Command.withShortDescription("What a person sees or hears"),
  Command.withExamples([
    example('alert --token 3f7c… --title "Wicket!" --body "IND 98/1"', "From the flags"),
    example("alert --token 3f7c… --payload wicket.json --expires 10m", "From a file")
  ])
)

/** The kinds that say nothing of their own but what the app made up. */
const simple = (
  name: string,
  kind: Kinds.Kind,
  aps: Readonly<Record<string, unknown>>,
  short: string,
  description: string
) =>
  Command.make(name, { ...custom, ...Send.flags, ...Send.collapse }, (flags) =>
    print(
      Send.push(
        kind,
        {
          flags: { custom: flags.custom },
          payload: () => Effect.map(Send.object("--custom", flags.custom), (own) => ({ ...own, aps }))
        },
        flags
      )
    )
  ).pipe(Command.withDescription(description), Command.withShortDescription(short))

const background = simple(
  "background",
  Kinds.background,
  { "content-available": 1 },
  "Wakes the app in silence",
  "Wakes the app in silence, two or three times an hour at most. To a device token; always at priority 5."
)

const complication = simple(
  "complication",
  Kinds.complication,
  {},
  "New data for a watch face",
  "New data for a watch face. To a complication token."
)

const location = simple(
  "location",
  Kinds.location,
  {},
  "Asks where the device is",
  "Asks the app's location extension where the device is. To the token of the location manager."
)

const pushtotalk = Command.make("pushtotalk", { ...custom, ...Send.flags }, (flags) =>
  print(
    Send.push(
      Kinds.pushtotalk,
      {
        flags: { custom: flags.custom },
        payload: () => Effect.map(Send.object("--custom", flags.custom), (own) => ({ ...own, aps: {} }))
      },
      flags
    )
  )
).pipe(
  Command.withDescription(
    "Somebody speaks, or has left. To the token of a joined channel; always at priority 10."
  ),
  Command.withShortDescription("A walkie-talkie's channel")
)

/** The kinds that say one thing only. */
const reload = (name: string, kind: Kinds.Kind, short: string, description: string) =>
  Command.make(name, { ...Send.flags, ...Send.collapse }, (flags) =>
    print(
      Send.push(
        kind,
        { flags: {}, payload: () => Effect.succeed({ aps: { "content-changed": true } }) },
        flags
      )
    )
  ).pipe(Command.withDescription(description), Command.withShortDescription(short))

const widgets = reload(
  "widgets",
  Kinds.widgets,
  "Widgets load anew",
  "Makes the app's widgets ask for a new timeline (iOS 26). To the token of the widgets."
)

const controls = reload(
  "controls",
  Kinds.controls,
  "A control loads anew",
  "Makes a control ask for its value (iOS 18). To the token of that control."
)

const voip = Command.make(
  "voip",
  {
    callId: text("call-id", "text", "By which the app claims the call"),
    handle: text("handle", "text", "Whom to call back"),
    callerName: text("caller-name", "text", "Who calls"),
    ...Send.flags
  },
  (flags) => {
    const { callerName, callId, handle } = flags
    const saying: Send.Saying = {
      flags: { "call-id": callId, handle, "caller-name": callerName },
      payload: () =>
        Effect.succeed({
          aps: {},
          callId: Option.getOrElse(callId, () => crypto.randomUUID()),
          handle: orNothing(handle),
          callerName: Option.getOrUndefined(Option.orElse(callerName, () => handle))
        })
    }
    return print(Send.push(Kinds.voip, saying, flags))
  }
).pipe(
  Command.withDescription(
    "Rings: the app must report a call, or it gets no more of these. To a VoIP token; always at priority 10."
  ),
  Command.withShortDescription("Rings"),
  Command.withExamples([
    example('voip --token 91ab… --handle "+91 22 5550 100" --caller-name Ravi', "A call")
  ])
)

const fileprovider = Command.make(
  "fileprovider",
  {
    container: text("container", "id", "What has changed; the working set unless given"),
    domain: text("domain", "id", "The domain that has changed"),
    ...Send.flags,
    ...Send.collapse
  },
  (flags) => {
    const { container, domain } = flags
    const saying: Send.Saying = {
      flags: { container, domain },
      payload: () =>
        Effect.succeed({
          "container-identifier": Option.getOrElse(container, () => Kinds.workingSet),
          domain: orNothing(domain)
        })
    }
    return print(Send.push(Kinds.fileprovider, saying, flags))
  }
).pipe(
  Command.withDescription("Something has changed on a file provider's server. To a file provider token."),
  Command.withShortDescription("Files have changed on a server")
)

const isTopic = Schema.is(Mdm.Topic)

const mdm = Command.make(
  "mdm",
  {
    topic: Flag.String("topic").pipe(
      Flag.withMetavar("uid"),
      Flag.withDescription("The UID of the management certificate's subject")
    ),
    magic: text("push-magic", "text", "What the device sent when it enrolled"),
    ...Send.flags,
    ...Send.collapse
  },
  (flags) => {
    const { magic, topic } = flags
    const saying: Send.Saying = {
      flags: { "push-magic": magic },
      payload: () => Effect.succeed({ mdm: orNothing(magic) })
    }
    return print(
      isTopic(topic)
        ? Send.push(Kinds.mdm(topic), saying, flags)
        : Effect.fail(new Mistake({ subject: "--topic", problem: `${topic} is no topic` }))
    )
  }
).pipe(
  Command.withDescription(
    "Tells a managed device to ask its management server. To the token of its enrolment. The topic is no app's."
  ),
  Command.withShortDescription("A managed device calls its server")
)

// ------------------------------------------------------------------------------------- Live Activities

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

const liveactivity = Command.make("liveactivity").pipe(
  Command.withDescription("Starts, updates and ends Live Activities, by token or for a whole channel."),
  Command.withShortDescription("Start, update and end a Live Activity"),
  Command.withSubcommands([start, update, end])
)

export const push = Command.make("push").pipe(
  Command.withDescription(
    "Sends one push of any kind, and explains what Apple answers.\n\n" +
      "  Who sends is told by flags or by APNS_KEY_ID, APNS_TEAM_ID, APNS_PRIVATE_KEY, APNS_BUNDLE_ID and APNS_ENV.\n" +
      "  With --dry-run nothing is sent: the request is printed as a curl command that can be pasted.\n\n" +
      "  Exit code 0: accepted. 1: refused. 2: not sent, or not answered."
  ),
  Command.withShortDescription("Send any push by hand, to Apple or to the model"),
  Command.withSubcommands([
    alert,
    background,
    voip,
    liveactivity,
    complication,
    fileprovider,
    location,
    pushtotalk,
    widgets,
    controls,
    mdm,
    channels
  ]),
  Command.withExamples([
    example(
      'alert --token 3f7c… --title "Wicket!" --body "IND 98/1"',
      "A push, with the key in the environment"
    ),
    example("liveactivity update --token 77b2… --payload update.json --dry-run", "The request, not sent"),
    example(
      "alert --token 3f7c… --body Hello --host https://127.0.0.1:8443 --ca ca.pem",
      "To the model that `npm run simulator -- apple` starts"
    )
  ])
)
