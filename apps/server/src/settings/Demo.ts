import * as Kind from "./Kind.ts"
import * as Setting from "./Setting.ts"

/** What `npm start` plays. */
export const Demo = Setting.section({
  title: "The demo",
  says: "What `npm start` plays. Flags of the same names go before these.",
  prefix: null,
  settings: {
    speed: Setting.withDefault({
      name: "SPEED",
      means: "How many times as fast as life the match is played.",
      // At the fastest pace a poll still finds balls one by one on an ordinary machine.
      kind: Kind.number(1, 2000),
      // The first wicket of the final falls within a minute, and the match takes about five.
      fallback: 44
    }),
    match: Setting.withDefault({
      name: "MATCH",
      means: "Which match is played.",
      kind: Kind.text("a bundled match, a tape or a Cricsheet file"),
      fallback: "1512773"
    }),
    phones: Setting.withDefault({
      name: "PHONES",
      means: "How many model phones follow it.",
      kind: Kind.wholeNumber(1, 5000),
      fallback: 200
    })
  }
})
