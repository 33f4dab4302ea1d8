import { Management, type Request } from "@sightscreen/apns"
import { Effect, Option } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Account from "./Account.ts"
import type { Mistake } from "./Mistake.ts"
import type * as Outcome from "./Outcome.ts"
import { print } from "./print.ts"
import * as Send from "./Send.ts"

/** `push channels`: the broadcast channels of an app, by hand. Apple manages them at a host of their own. */

const flags = { ...Send.showing, ...Account.flags }

type Flags = Account.Flags & Send.Showing

const ask = <A>(
  flags: Flags,
  request: (app: Management.App) => Request.Request,
  read: (answer: Parameters<typeof Management.listed>[0]) => Parameters<typeof Send.channelSaid<A>>[0],
  done: Parameters<typeof Send.channelSaid<A>>[3]
): Effect.Effect<Outcome.Said, Mistake, Account.Files> =>
  Effect.gen(function* () {
    const given = yield* Account.read(flags)
    const environment = yield* Account.environmentOf(given)
    const bundleId = yield* Account.bundleOf(given)
    const requestId = yield* Send.nameOf(Option.none())
    const place = yield* Account.placeOf(given, Account.apples.management[environment])
    return yield* Send.carry(
      given,
      place,
      request({ bundleId, environment, requestId }),
      flags,
      ({ answer }, names) => Send.channelSaid(read(answer), names, flags.json, done)
    )
  })

const create = Command.make(
  "create",
  {
    store: Flag.Literals("store", ["none", "latest"]).pipe(
      Flag.withDescription("What phones that are offline get later: nothing, or the latest publish"),
      Flag.withDefault("none" as const)
    ),
    ...flags
  },
  (flags) =>
    print(
      ask(
        flags,
        (app) => Management.create(app, flags.store),
        Management.created,
        (id) => ({
          text: `Created. Its id is Apple's choice and cannot be had again:`,
          fields: [
            ["channel", id],
            ["stores", flags.store]
          ],
          json: { status: 201, channel: id, stores: flags.store }
        })
      )
    )
).pipe(
  Command.withDescription("Makes a channel. What it stores never changes."),
  Command.withShortDescription("Make one")
)

const id = Flag.String("channel").pipe(Flag.withMetavar("id"), Flag.withDescription("The channel's id"))

const read = Command.make("read", { channel: id, ...flags }, (flags) =>
  print(
    Effect.flatMap(Send.channelOf(flags.channel), (id) =>
      ask(
        flags,
        (app) => Management.read({ ...app, id }),
        Management.wasRead,
        (stores) => ({
          text: "There is such a channel.",
          fields: [
            ["channel", id],
            ["stores", stores]
          ],
          json: { channel: id, stores }
        })
      )
    )
  )
).pipe(
  Command.withDescription("Tells what a channel stores."),
  Command.withShortDescription("Tell what one stores")
)

const list = Command.make("list", flags, (flags) =>
  print(
    ask(flags, Management.list, Management.listed, (channels) => ({
      text:
        channels.length === 0
          ? "There is no channel."
          : [
              `${channels.length} ${channels.length === 1 ? "channel" : "channels"}`,
              ...channels.map((one) => `  ${one}`)
            ].join("\n"),
      json: { channels }
    }))
  )
).pipe(
  Command.withDescription("Lists the app's channels in this environment."),
  Command.withShortDescription("List them")
)

const remove = Command.make("delete", { channel: id, ...flags }, (flags) =>
  print(
    Effect.flatMap(Send.channelOf(flags.channel), (id) =>
      ask(
        flags,
        (app) => Management.remove({ ...app, id }),
        Management.removed,
        () => ({
          text: "Deleted. What it has stored may still arrive for a while.",
          fields: [["channel", id]],
          json: { status: 204, channel: id }
        })
      )
    )
  )
).pipe(
  Command.withDescription("Deletes a channel. Its id is gone for good."),
  Command.withShortDescription("Delete one")
)

export const channels = Command.make("channels").pipe(
  Command.withDescription(
    "Makes, reads, lists and deletes broadcast channels. Apple does that at hosts of their own, on ports 2195\n" +
      "  (sandbox) and 2196; --host names a model's."
  ),
  Command.withShortDescription("Make, read, list and delete broadcast channels"),
  Command.withSubcommands([create, read, list, remove])
)
