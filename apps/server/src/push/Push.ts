import { Mdm } from "@sightscreen/apns"
import { Effect, Option, Schema } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { channels } from "./Channels.ts"
import { example, int, orNothing, text } from "./Flags.ts"
import * as Kinds from "./Kinds.ts"
import { liveactivity } from "./LiveActivity.ts"
import { Mistake } from "./Mistake.ts"
import { print } from "./print.ts"
import * as Send from "./Send.ts"

/** `push`: any push, by hand. A command for each kind, so that none can be given what it cannot have. */

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
