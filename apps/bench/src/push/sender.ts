import { setTimeout as sleep } from "node:timers/promises"
import { quantile } from "../Measure.ts"
import type { Client, Hand, Told } from "./Client.ts"
import { clients } from "./clients/index.ts"
import { type Found, type Order, tokens } from "./Order.ts"

/** The process of one client: connects, warms up, measures, and prints what it has found as a line of JSON. */
const order = JSON.parse(process.argv[2]!) as Order
const MiB = 2 ** 20
const mostPushes = 400_000
const leastPushes = 2000
/** In one call, before anything is measured. */
const warmPushes = 10_000
/** How much longer than its processor time a warm-up may take, on a machine that is busy with other things. */
const mostPatience = 8

/** Hands out the pushes of a list, until its end or until somebody has had enough. */
const handOf = (list: ReadonlyArray<string>, howMany: number, enough: () => boolean): Hand => {
  let nth = 0
  const { length } = list
  return {
    next: () => (nth >= howMany || ((nth & 63) === 0 && enough()) ? -1 : nth++),
    token: (nth) => list[nth < length ? nth : nth % length]!,
    most: howMany
  }
}

const never = () => false

const measure = async (howMany: number, run: (told: Told) => Promise<void>) => {
  const took: Array<number> = []
  let answered = 0
  let accepted = 0
  const rss = process.memoryUsage.rss()
  let early = rss
  let late = 0
  const look = () => {
    if (answered < howMany / 2) early = Math.max(early, process.memoryUsage.rss())
    else late = Math.max(late, process.memoryUsage.rss())
  }
  // @effect-diagnostics-next-line globalTimers:off
  const watch = setInterval(look, 20)
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await run({
    answered: (ok) => {
      answered++
      if (ok) accepted++
    },
    took: (millis) => {
      took.push(millis)
    }
  })
  const seconds = (performance.now() - begun) / 1000
  const { system, user } = process.cpuUsage(cpu)
  clearInterval(watch)
  look()
  const found: Found = {
    pushes: answered,
    accepted,
    seconds,
    cpuSeconds: (system + user) / 1e6,
    growthMiB: (Math.max(early, late) - rss) / MiB,
    lateGrowthMiB: Math.max(0, late - early) / MiB,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
    p50Millis: quantile(took, 0.5),
    p99Millis: quantile(took, 0.99)
  }
  return found
}

/** So many a second: what is due by now is handed over in one go, and a push's time counts from when it was due. */
const paced = async (
  client: Client,
  list: ReadonlyArray<string>,
  rate: number,
  told: Told
): Promise<void> => {
  const begun = performance.now()
  const open: Array<Promise<void>> = []
  let next = 0
  while (next < list.length) {
    const from = next
    const due = Math.min(list.length, Math.floor(((performance.now() - begun) * rate) / 1000))
    if (due > from) {
      let nth = from
      const hand: Hand = {
        next: () => (nth < due ? nth++ : -1),
        token: (nth) => list[nth]!,
        most: due - from
      }
      const late = performance.now() - begun - (1000 * from) / rate
      open.push(client.send(hand, { ...told, took: (millis) => told.took(millis + late) }))
      next = due
    }
    await sleep(1)
  }
  await Promise.all(open)
}

const main = async () => {
  const connect = await clients[order.client]!()
  if (order.cold !== null) {
    const list = tokens(order.cold)
    const client = await connect(order)
    const found = await measure(order.cold, (told) => client.send(handOf(list, list.length, never), told))
    await client.close()
    const { system, user } = process.cpuUsage()
    return { ...found, seconds: performance.now() / 1000, cpuSeconds: (system + user) / 1e6 }
  }
  // Before anything is sent: what making them does to memory is not the client's.
  const all = tokens(Math.min(mostPushes, order.pushes ?? mostPushes))
  const client = await connect(order)
  // The first connection begins with a single stream.
  await client.send(handOf(tokens(1), 1, never), { answered: () => {}, took: () => {} })
  let warmed = 0
  const begun = performance.now()
  const cpu = process.cpuUsage()
  const warm = () => {
    const { system, user } = process.cpuUsage(cpu)
    const wall = performance.now() - begun
    return (system + user) / 1000 >= order.warmMillis || wall >= mostPatience * order.warmMillis
  }
  // Call after call, as a process lives: a compiler that has never seen an end begins anew at the first.
  while (!warm()) {
    await client.send(handOf(all, warmPushes, warm), {
      answered: () => {
        warmed++
      },
      took: () => {}
    })
  }
  const rate = warmed / ((performance.now() - begun) / 1000)
  const wanted = order.pushes ?? ((order.rate ?? rate) * order.millis) / 1000
  const howMany = order.pushes ?? Math.round(Math.min(mostPushes, Math.max(leastPushes, wanted)))
  const list = all.slice(0, howMany)
  globalThis.gc?.()
  const found = await measure(howMany, (told) =>
    order.rate === null
      ? client.send(handOf(list, howMany, never), told)
      : paced(client, list, order.rate, told)
  )
  void client.close()
  return found
}

console.log(JSON.stringify(await main()))
process.exit(0)
