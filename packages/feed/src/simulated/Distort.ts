import { Delivery, type Ids, type Over, type Snapshot } from "@sightscreen/domain"

/** Wrong things to say about a match that is known: each is what a scorer or a server makes of the truth. */
type Balls = ReadonlyArray<Delivery.Delivery>

/** The innings in play with other overs. */
export const withOvers = (
  snapshot: Snapshot.Snapshot,
  change: (overs: ReadonlyArray<Over.Over>) => ReadonlyArray<Over.Over>
): Snapshot.Snapshot => {
  const last = snapshot.innings[snapshot.innings.length - 1]
  if (last === undefined || last.card._tag !== "Balls") return snapshot
  const overs = change(last.card.overs)
  return {
    ...snapshot,
    innings: [...snapshot.innings.slice(0, -1), { ...last, card: { ...last.card, overs } }]
  }
}

export const inLastOver = (snapshot: Snapshot.Snapshot, change: (balls: Balls) => Balls): Snapshot.Snapshot =>
  withOvers(snapshot, (overs) => {
    const last = overs[overs.length - 1]
    if (last === undefined) return overs
    return [...overs.slice(0, -1), { ...last, deliveries: renumbered(change(last.deliveries)) }]
  })

const renumbered = (balls: Balls): Balls =>
  balls.map((ball, index) => (ball.nth === index + 1 ? ball : { ...ball, nth: index + 1 }))

/** The ball as it was not: a boundary, a wicket, a wide, a dot. `which` is any whole number. */
export const other = (ball: Delivery.Delivery, which: number): Delivery.Delivery => {
  const bare = {
    ...ball,
    bat: 0,
    wides: 0,
    noBalls: 0,
    byes: 0,
    legByes: 0,
    penalty: 0,
    boundary: false,
    dismissals: []
  }
  switch (which % 6) {
    case 0:
      return ball.bat === 4 ? { ...bare, wides: 5 } : { ...bare, bat: 4, boundary: true }
    case 1:
      return ball.bat === 6 ? { ...bare, bat: 4, boundary: true } : { ...bare, bat: 6, boundary: true }
    case 2:
      return { ...bare, dismissals: [{ batter: ball.batter, manner: "bowled", fielders: [] }] }
    case 3:
      return { ...bare, dismissals: [{ batter: ball.nonStriker, manner: "run out", fielders: [] }] }
    case 4:
      return ball.wides > 0 ? { ...bare, legByes: 1 } : { ...bare, wides: 1 }
    default:
      return Delivery.total(ball) === 0 ? { ...bare, bat: 1 } : bare
  }
}

export const unknownPlayer = "unknown" as Ids.PlayerId

/** Somebody unknown faced it, or bowled it. */
export const ofUnknown = (ball: Delivery.Delivery, which: number): Delivery.Delivery =>
  which % 2 === 0 ? { ...ball, bowler: unknownPlayer } : { ...ball, batter: unknownPlayer, dismissals: [] }

export const knowing = (snapshot: Snapshot.Snapshot): Snapshot.Snapshot => ({
  ...snapshot,
  players: { ...snapshot.players, [unknownPlayer]: "Unknown" }
})

/** The answer breaks off: the last innings is missing, or its end. */
export const truncated = (snapshot: Snapshot.Snapshot, which: number): Snapshot.Snapshot => {
  const last = snapshot.innings[snapshot.innings.length - 1]
  if (last === undefined || last.card._tag !== "Balls") return snapshot
  const { length } = last.card.overs
  return which % 5 === 0
    ? { ...snapshot, innings: snapshot.innings.slice(0, -1) }
    : withOvers(snapshot, (overs) => overs.slice(0, which % Math.max(1, length)))
}

/** Totals beside the balls that are not theirs. */
export const mistotalled = (snapshot: Snapshot.Snapshot, by: number): Snapshot.Snapshot => {
  const last = snapshot.innings[snapshot.innings.length - 1]
  if (last === undefined || last.card._tag !== "Balls") return snapshot
  let runs = last.penalties.pre + last.penalties.post + by
  const out = new Set<string>()
  for (const { deliveries } of last.card.overs) {
    for (const ball of deliveries) {
      runs += Delivery.total(ball)
      for (const { batter, manner } of ball.dismissals) if (Delivery.meaning[manner].counts) out.add(batter)
    }
  }
  const card = { ...last.card, stated: { runs, wickets: out.size } }
  return { ...snapshot, innings: [...snapshot.innings.slice(0, -1), { ...last, card }] }
}

/** What is no cricket, whatever came before. There must be a ball in the innings. */
export const impossible = (snapshot: Snapshot.Snapshot, which: number): Snapshot.Snapshot => {
  if (which % 5 === 0) return mistotalled(snapshot, -7)
  return withOvers(snapshot, (overs) => {
    const last = overs[overs.length - 1]
    const ball = last?.deliveries[last.deliveries.length - 1]
    if (last === undefined || ball === undefined) return overs
    const wrong: Delivery.Delivery =
      which % 5 === 1
        ? { ...ball, bat: -2, boundary: false }
        : which % 5 === 2
          ? { ...ball, nonStriker: ball.batter }
          : which % 5 === 3
            ? { ...ball, over: ball.over + 1 }
            : { ...ball, bat: 7, boundary: true }
    return [...overs.slice(0, -1), { ...last, deliveries: [...last.deliveries.slice(0, -1), wrong] }]
  })
}
