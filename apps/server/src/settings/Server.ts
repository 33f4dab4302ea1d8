import { ActiveMatch } from "@sightscreen/domain"
import * as Kind from "./Kind.ts"
import * as Setting from "./Setting.ts"

/** Where things are kept, and where the server is reached. */
export const Server = Setting.section({
  title: "The server",
  says: "What is kept is kept in PostgreSQL: one's own, or one that comes with the program and lies in a folder.",
  prefix: "SIGHTSCREEN_",
  settings: {
    home: Setting.withDefault({
      name: "SIGHTSCREEN_HOME",
      means: "The folder for everything that is kept outside a database of one's own.",
      kind: Kind.text("a folder"),
      fallback: ".sightscreen"
    }),
    databaseUrl: Setting.optional({
      name: "DATABASE_URL",
      means: "A PostgreSQL of one's own, 15 or newer, instead of the embedded one.",
      kind: Kind.secretUrl("postgres://user:password@host:5432/name", "postgres", "postgresql"),
      without: "the embedded one"
    }),
    port: Setting.optional({
      name: "PORT",
      means: "The API's port; 0 takes any that is free.",
      kind: Kind.wholeNumber(0, 65_535),
      without: "4040, or any free one where it is taken"
    }),
    host: Setting.withDefault({
      name: "SIGHTSCREEN_HOST",
      means: "The address that the API listens on; 0.0.0.0 for all of the machine's.",
      kind: Kind.text("an address of this machine"),
      fallback: "127.0.0.1"
    }),
    drainMillis: Setting.withDefault({
      name: "SIGHTSCREEN_DRAIN_MS",
      means:
        "How long a server that was asked to stop goes on sending what was said before; the next start sends the rest.",
      unit: "ms",
      kind: Kind.wholeNumber(0, 300_000),
      fallback: 10_000
    })
  }
})

/** How matches are told. */
export const Telling = Setting.section({
  title: "How matches are told",
  says: "Feeds are often wrong at first, and phones have a budget for changes.",
  prefix: null,
  settings: {
    confirmWithin: Setting.withDefault({
      name: "CONFIRM_MS",
      means: "How long an alert for a ball waits for a reading that confirms it; 0 for not at all.",
      unit: "ms",
      kind: Kind.wholeNumber(0, 60_000),
      fallback: ActiveMatch.careful.confirmWithin
    }),
    spacing: Setting.withDefault({
      name: "SPACING_MS",
      means: "How close to one another quiet changes are sent.",
      unit: "ms",
      kind: Kind.wholeNumber(0, 120_000),
      fallback: ActiveMatch.careful.spacing
    })
  }
})
