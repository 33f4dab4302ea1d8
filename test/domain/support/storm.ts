import { Instant } from "@sightscreen/decider"
import {
  ActiveMatch,
  type Delivery,
  Display,
  MatchEvent as Events,
  type Over,
  type Snapshot
} from "@sightscreen/domain"
import { type Recording, Timeline } from "@sightscreen/feed"
import { assert } from "vitest"
import { type Chance, chance } from "./chance.ts"
import { begin, goOn, read, restarted, type Story, tick } from "./story.ts"

/** A feed that is wrong again and again, and puts it right each time. */
export interface Storm {
  /** Whether the feed names its balls. */
  readonly named: boolean
  /** A wrong reading after about so many right ones. */
  readonly calm: number
  /** Whether the process is restarted now and then. */
  readonly restarts: boolean
  /** How it is told; everything at once unless said otherwise. */
  readonly manner?: ActiveMatch.Manner
}

type Balls = ReadonlyArray<Delivery.Delivery>
type Error = (overs: ReadonlyArray<Over.Over>, dice: Chance) => ReadonlyArray<Over.Over>

const renumbered = (balls: Balls): Balls => balls.map((ball, index) => ({ ...ball, nth: index + 1 }))

const inLastOver =
  (edit: (balls: Balls, dice: Chance) => Balls): Error =>
  (overs, dice) => {
    const last = overs[overs.length - 1]
    if (last === undefined || last.deliveries.length === 0) return overs
    const deliveries = edit(last.deliveries, dice)
    return [...overs.slice(0, -1), { ...last, deliveries }]
  }

/** Something that did not happen: a boundary, a wicket, a wide. */
const other = (ball: Delivery.Delivery, dice: Chance): Delivery.Delivery => {
  const bare = { ...ball, bat: 0, wides: 0, noBalls: 0, byes: 0, legByes: 0, boundary: false, dismissals: [] }
  return dice.pick([
    { ...bare, bat: 6, boundary: true },
    { ...bare, bat: 4, boundary: true },
    { ...bare, wides: 1 },
    { ...bare, dismissals: [{ batter: ball.batter, manner: "bowled" as const, fielders: [] }] },
    { ...bare, dismissals: [{ batter: ball.nonStriker, manner: "run out" as const, fielders: [] }] }
  ])
}

const errors: Readonly<Record<string, Error>> = {
  changed: inLastOver((balls, dice) => {
    const at = dice.below(balls.length)
    return balls.map((ball, index) => (index === at ? other(ball, dice) : ball))
  }),
  invented: inLastOver((balls, dice) => {
    const last = balls[balls.length - 1]!
    const invented = { ...other(last, dice), nth: last.nth + 1 }
    return [...balls, { ...invented, id: last.id === null ? null : `${last.id}+` }]
  }),
  deleted: inLastOver((balls, dice) => {
    const at = dice.below(balls.length)
    return renumbered(balls.filter((_, index) => index !== at))
  }),
  reordered: inLastOver((balls) => renumbered(balls.toReversed())),
  renamed: inLastOver((balls) =>
    balls.map((ball) => (ball.id === null ? ball : { ...ball, id: `${ball.id}'` }))
  ),
  "rolled back": (overs, dice) => overs.slice(0, -1 - dice.below(3)),
  "an older over changed": (overs, dice) =>
    overs.map((one, index) =>
      index === overs.length - 3
        ? { ...one, deliveries: one.deliveries.map((ball, nth) => (nth === 0 ? other(ball, dice) : ball)) }
        : one
    )
}

const wrong = (snapshot: Snapshot.Snapshot, dice: Chance): Snapshot.Snapshot => {
  // The whole innings may be missing for a moment, too.
  if (dice.below(12) === 0) return { ...snapshot, innings: snapshot.innings.slice(0, -1) }
  const last = snapshot.innings[snapshot.innings.length - 1]!
  if (last.card._tag !== "Balls") return snapshot
  const overs = errors[dice.pick(Object.keys(errors))]!(last.card.overs, dice)
  return {
    ...snapshot,
    innings: [...snapshot.innings.slice(0, -1), { ...last, card: { ...last.card, overs } }]
  }
}

/** Gives every ball a name, as most feeds do. */
const named = (recording: Recording.Recording): Recording.Recording => ({
  ...recording,
  innings: recording.innings.map((innings, index) => ({
    ...innings,
    overs: innings.overs.map((over) => ({
      ...over,
      deliveries: over.deliveries.map((ball) => ({ ...ball, id: `${index + 1}-${ball.over}-${ball.nth}` }))
    }))
  }))
})

/** What screens lead with is true of the match as it stands, and what they deny is not. */
const assertHonest = ({ match, memory, shown }: ActiveMatch.ActiveMatch): void => {
  if (shown === null || !Display.isCurrent(match!, shown)) return
  if (shown.event._tag === "match_end" || shown.event._tag === "innings_end") return
  const name = Events.key(shown.event)
  const holds = memory.told.some(({ event }) => Events.key(event) === name)
  if (holds === shown.retracted) assert.fail(`${name} is ${holds ? "denied" : "shown"}, and it is not so`)
}

/** Plays a recording through a storm. Every ball is read right in the end; before that, anything may be read. */
export const weather = (recording: Recording.Recording, seed: number, storm: Storm): Story => {
  const dice = chance(seed)
  const timeline = Timeline.make(storm.named ? named(recording) : recording)
  let story: Story = { state: begin(storm.manner), outputs: [], bulletins: [], headlines: [], rulings: [] }
  const hear = (snapshot: Snapshot.Snapshot) => {
    const due = ActiveMatch.nextDue(story.state)
    if (due !== null && due < snapshot.at) listen(tick(due))
    listen(read(snapshot))
  }
  const listen = (input: ActiveMatch.Input) => {
    const next = goOn(story, input)
    story = {
      state: next.state,
      outputs: [...story.outputs, ...next.outputs.filter(({ _tag }) => _tag !== "Ruled")],
      bulletins: [...story.bulletins, ...next.bulletins],
      headlines: [...story.headlines, ...next.headlines],
      rulings: []
    }
  }
  hear(Timeline.snapshot(timeline, Timeline.notBegun, recording.info.startsAt))
  timeline.times.forEach((at, position) => {
    const isLast = position === timeline.times.length - 1
    if (!isLast && dice.below(storm.calm) === 0) {
      for (let errors = 1 + dice.below(2); errors > 0; errors--) {
        const early = Timeline.snapshot(timeline, position, at)
        hear(
          dice.below(4) === 0
            ? { ...Timeline.snapshot(timeline, Math.max(0, position - 1 - dice.below(9)), at) }
            : wrong(early, dice)
        )
      }
    }
    if (storm.restarts && dice.below(storm.calm * 2) === 0)
      story = { ...story, state: restarted(story.state) }
    hear(Timeline.snapshot(timeline, position, isLast ? at : Instant.fromMillis(at + 2000)))
    if (!isLast) assertHonest(story.state)
  })
  return story
}
