import { monitorEventLoopDelay } from "node:perf_hooks"
import { Effect, Metric } from "effect"

/** What can be told of the process itself, under the names that everybody gives it. */
const memory = Metric.gauge("process_resident_memory_bytes", { description: "Memory of the process." })
const heap = Metric.gauge("process_heap_bytes", { description: "Memory that JavaScript's objects take." })
const cpu = Metric.gauge("process_cpu_seconds", { description: "Time that the process has computed." })
const up = Metric.gauge("process_uptime_seconds", { description: "Since the process began." })
const lag = Metric.gauge("event_loop_delay_seconds", {
  description: "How late the event loop was at worst in 99 of 100 looks since metrics were last fetched."
})

const delay = monitorEventLoopDelay({ resolution: 20 })
delay.enable()

export const measure: Effect.Effect<void> = Effect.gen(function* () {
  const { heapUsed, rss } = process.memoryUsage()
  const { system, user } = process.cpuUsage()
  yield* Metric.update(memory, rss)
  yield* Metric.update(heap, heapUsed)
  yield* Metric.update(cpu, (system + user) / 1e6)
  yield* Metric.update(up, process.uptime())
  yield* Metric.update(lag, Math.max(0, delay.percentile(99) / 1e9 - 0.02))
  delay.reset()
})
