import type { PgClient } from "@effect/sql-pg"
import { setTimeout as sleep } from "node:timers/promises"
import { Effect } from "effect"
import { tokenFor } from "../../apps/server/src/demo/Issuer.ts"

/**
 * People who register phones, follow and leave while everything falls over, and remember what they were told was done.
 *
 * Their phones cannot be started (iOS 16), so that what they do changes nothing for the others.
 */
export class Caller {
  readonly devices = new Map<string, string>()
  /** What the last acknowledged request of each said: follows, or has left. */
  readonly following = new Map<string, boolean>()
  /** Whose last request was not acknowledged: it may or may not be done. */
  readonly #unsure = new Set<string>()
  acknowledged = 0
  failed = 0
  #stopped = false
  #working: Promise<void> = Promise.resolve()
  readonly #of: { readonly secret: string; readonly matchId: string; readonly api: () => string | null }

  constructor(of: { readonly secret: string; readonly matchId: string; readonly api: () => string | null }) {
    this.#of = of
  }

  start(everyMillis: number): void {
    this.#working = this.#work(everyMillis)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#working
  }

  async #work(everyMillis: number): Promise<void> {
    for (let n = 0; !this.#stopped; n += 1) {
      await this.#one(n)
      await sleep(everyMillis)
    }
  }

  async #one(n: number): Promise<void> {
    const userId = `endurance-user-${n}`
    const deviceId = `endurance-phone-${n}`
    const phone = { deviceId, platform: "ios", osVersion: "16.4", appVersion: "1.0" }
    if (await this.#ask(userId, "POST", "/v1/devices", phone)) this.devices.set(deviceId, userId)
    await this.#say(userId, true)
    // Some think better of it.
    if (n % 3 === 0) await this.#say(userId, false)
  }

  async #say(userId: string, follows: boolean): Promise<void> {
    const { matchId } = this.#of
    const done = follows
      ? await this.#ask(userId, "POST", "/v1/user/follow/match", { matchId })
      : await this.#ask(userId, "DELETE", `/v1/user/follow/match/${encodeURIComponent(matchId)}`)
    if (done) {
      this.following.set(userId, follows)
      this.#unsure.delete(userId)
    } else this.#unsure.add(userId)
  }

  async #ask(userId: string, method: string, path: string, body?: object): Promise<boolean> {
    const api = this.#of.api()
    if (api === null) return false
    try {
      const answer = await fetch(`${api}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${tokenFor(this.#of.secret, userId)}`,
          ...(body !== undefined && { "content-type": "application/json" })
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000)
      })
      await answer.arrayBuffer()
      if (answer.ok) this.acknowledged += 1
      else this.failed += 1
      return answer.ok
    } catch {
      this.failed += 1
      return false
    }
  }

  /** What was acknowledged and is not so. Follows end with their match, so an end is no loss by itself. */
  lost(sql: PgClient.PgClient): Effect.Effect<ReadonlyArray<string>, unknown> {
    return Effect.gen({ self: this }, function* () {
      const devices = yield* sql<{ readonly id: string; readonly owner: string }>`
        select device_id as id, user_id as owner from devices where device_id like 'endurance-%'`
      const kept = new Map(devices.map(({ id, owner }) => [id, owner]))
      const follows = yield* sql<{ readonly owner: string; readonly before: boolean }>`
        select f.user_id as owner, f.ended_at is not null and f.ended_at < coalesce(
          (select min(e.ended_at) from follows e where e.match_id = f.match_id and e.user_id not like 'endurance-%'), 9e18
        ) as before
        from follows f where f.user_id like 'endurance-%'`
      const left = new Map(follows.map(({ before, owner }) => [owner, before]))
      const lost: Array<string> = []
      for (const [deviceId, owner] of this.devices)
        if (kept.get(deviceId) !== owner) lost.push(`phone ${deviceId}`)
      for (const [userId, follows] of this.following) {
        if (this.#unsure.has(userId)) continue
        const found = left.get(userId)
        if (follows && found === undefined) lost.push(`follow of ${userId}`)
        if (follows && found === true) lost.push(`follow of ${userId}, which ended by itself`)
        if (!follows && found === false) lost.push(`leave of ${userId}`)
      }
      return lost
    })
  }
}
