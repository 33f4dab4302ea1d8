import { MatchEvent } from "@sightscreen/domain"
import { Console, Effect, Layer, Option, Stdio } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"

const names = Object.keys(MatchEvent.MatchEvent.cases) as ReadonlyArray<MatchEvent.Name>

/** Answers why a phone got a push, or did not, from what a run has recorded. */
export const explain = Command.make(
  "explain",
  {
    match: Flag.String("match").pipe(
      Flag.withMetavar("id"),
      Flag.withDescription("The match; the latest where none is named"),
      Flag.optional
    ),
    phone: Flag.String("phone").pipe(
      Flag.withMetavar("id"),
      Flag.withDescription("A device id, or the last six characters of one of its tokens"),
      Flag.optional
    ),
    push: Flag.String("push").pipe(
      Flag.withMetavar("uuid"),
      Flag.withDescription("One push, by its id (apns-id)"),
      Flag.optional
    ),
    stamp: Flag.Int("stamp").pipe(
      Flag.withMetavar("seconds"),
      Flag.withDescription("One bulletin, by its stamp"),
      Flag.optional
    ),
    event: Flag.Literals("event", names).pipe(
      Flag.withDescription("Events of one kind, and the bulletins that they went out with"),
      Flag.optional
    ),
    home: Flag.String("home").pipe(
      Flag.withMetavar("folder"),
      Flag.withDescription(
        "Where the run keeps its things; otherwise the server of DATABASE_URL, SIGHTSCREEN_HOME, or .sightscreen"
      ),
      Flag.optional
    ),
    format: Flag.Literals("format", ["table", "ndjson"]).pipe(
      Flag.withDescription("table: for people. ndjson: a JSON object a line"),
      Flag.withDefault("table")
    )
  },
  ({ event, format, home, match, phone, push, stamp }) =>
    Effect.gen(function* () {
      // Other commands need no database, and do not wait for what is needed to talk to one.
      const [Database, Inquiry, InquiryLine, InquiryTable, { Explain }] = yield* Effect.promise(() =>
        Promise.all([
          import("../Database.ts"),
          import("../Inquiry.ts"),
          import("../InquiryLine.ts"),
          import("../InquiryTable.ts"),
          import("@sightscreen/engine")
        ])
      )
      const place = yield* Database.find(home)
      const found = yield* Inquiry.answer({
        match: Option.getOrNull(match),
        phone: Option.getOrNull(phone),
        push: Option.getOrNull(push),
        stamp: Option.getOrNull(stamp),
        event: Option.getOrNull(event)
      }).pipe(
        Effect.provide(Explain.Explain.layer.pipe(Layer.provideMerge(Database.layer(place)))),
        Effect.catchTags({
          StoreError: (error) => Database.trouble(place, error),
          UnreadableRow: (error) => Database.trouble(place, error)
        })
      )
      if (format === "ndjson") {
        // In one piece: a reader who leaves early is met once.
        const lines = InquiryLine.lines(found).map((line) => JSON.stringify(line))
        return lines.length === 0 ? undefined : yield* Console.log(lines.join("\n"))
      }
      const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
      const colours = canColor && (yield* (yield* Stdio.Stdio).stdoutIsTerminal)
      yield* Console.log(InquiryTable.page(found, { colours }))
    })
).pipe(
  Command.withDescription(
    "Tells why a phone got a push of a run, or did not, from the decisions and pushes that were recorded.\n" +
      "  Every bulletin of a match has one answer for every phone. Without flags it lists the matches of the run.\n\n" +
      "  It only reads, and may be asked while the server runs and when it does not."
  ),
  Command.withShortDescription("Tell why a phone got a push, or did not"),
  Command.withExamples([
    { command: "npm run --silent simulator -- explain", description: "The matches of the demo" },
    {
      command: "npm run --silent simulator -- explain --phone phone-017 --event wicket",
      description: "What became of the wickets of the latest match on one phone"
    },
    {
      command:
        "npm run --silent simulator -- explain --push 0b6e2c9e-6a35-8f6c-9a3a-5e8f0c2a7d11 --format ndjson",
      description: "One push, for programs"
    }
  ])
)
