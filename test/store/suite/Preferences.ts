import { assert, type Vitest } from "@effect/vitest"
import { Preferences as Likes } from "@sightscreen/domain"
import { Activities, Devices, Preferences, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { device, live, match, minute, phone, user } from "./values.ts"

const likes = (changes: Partial<Likes.Preferences> = {}): Likes.Preferences => ({
  ...Likes.usual,
  ...changes
})

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("is kept as it was said last, and comes with each of the person's phones", () =>
    Effect.gen(function* () {
      const preferences = yield* Preferences.Preferences
      const devices = yield* Devices.Devices
      const ann = user("pr-ann")
      assert.isNull(yield* preferences.get(ann))
      yield* devices.register(phone("pr-1", "pr-ann"))
      assert.notProperty(yield* devices.get(device("pr-1")), "likes")
      yield* preferences.set(ann, likes({ teams: ["India"] }), minute(0))
      const told = likes({
        alerts: ["wickets"],
        quiet: { from: "22:00", until: "07:00", timeZone: "Asia/Kolkata" },
        yields: "newest"
      })
      yield* preferences.set(ann, told, minute(1))
      assert.deepStrictEqual(yield* preferences.get(ann), told)
      assert.deepStrictEqual((yield* devices.get(device("pr-1")))?.likes, told)
      yield* devices.register(phone("pr-1", "pr-ben"))
      assert.notProperty(yield* devices.get(device("pr-1")), "likes")
      yield* preferences.remove(ann)
      assert.isNull(yield* preferences.get(ann))
    })
  )

  it.effect("names those who follow a team, each once, in pages", () =>
    Effect.gen(function* () {
      const preferences = yield* Preferences.Preferences
      for (const [name, teams] of [
        ["pr-t3", ["Pr Lions", "Pr Bears"]],
        ["pr-t1", ["  pr   LIONS "]],
        ["pr-t2", ["Pr Foxes"]],
        ["pr-t4", ["Pr Bears"]]
      ] as const)
        yield* preferences.set(user(name), likes({ teams }), minute(0))
      const of = (teams: ReadonlyArray<string>, limit = 10, after: string | null = null) =>
        preferences.followersOf(teams, { limit, after })
      assert.deepStrictEqual(yield* of(["pr lions", "pr bears"]), ["pr-t1", "pr-t3", "pr-t4"].map(user))
      assert.deepStrictEqual(yield* of(["pr lions", "pr bears"], 1, "pr-t1"), [user("pr-t3")])
      yield* preferences.set(user("pr-t3"), likes(), minute(1))
      yield* preferences.remove(user("pr-t4"))
      assert.deepStrictEqual(yield* of(["pr lions", "pr bears"]), [user("pr-t1")])
      assert.deepStrictEqual(yield* of([]), [])
    })
  )

  it.effect("tells which activities have an owner who has said something", () =>
    Effect.gen(function* () {
      const preferences = yield* Preferences.Preferences
      const activities = yield* Activities.Activities
      const rows = ["pr-a1", "pr-a2", "pr-a3"].map((name, n) => ({
        ...live(name, "pr-am", `pr-d${n}`),
        userId: user(`pr-a-user-${n}`),
        status: "active" as const,
        updateToken: n === 2 ? null : `aa0${n}`
      }))
      yield* activities.insert(rows)
      const page = { after: null, limit: 10 }
      assert.deepStrictEqual(yield* activities.personal(match("pr-am"), page), [])
      for (const { userId } of rows.slice(1)) yield* preferences.set(userId, likes(), minute(0))
      const found = yield* activities.personal(match("pr-am"), page)
      assert.deepStrictEqual(
        found.map(({ activityId }) => activityId as string),
        ["pr-a2"]
      )
    })
  )

  it.effect("tells what crowds a phone", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const on = (name: string, of: string, where: string, status: Activities.Status = "active") =>
        live(name, of, where, { status })
      yield* activities.insert([
        on("pr-c1", "pr-cm1", "pr-full"),
        on("pr-c2", "pr-cm2", "pr-full"),
        on("pr-c3", "pr-cm3", "pr-full", "ended"),
        on("pr-c4", "pr-cm1", "pr-room"),
        on("pr-c5", "pr-cm2", "pr-room", "pending")
      ])
      const found = yield* activities.crowding([device("pr-full"), device("pr-room")], 2)
      assert.deepStrictEqual(
        found.map(({ activityId }) => activityId as string),
        ["pr-c1", "pr-c2"]
      )
      assert.deepStrictEqual(yield* activities.crowding([device("pr-full")], 3), [])
      assert.deepStrictEqual(yield* activities.crowding([], 1), [])
    })
  )
}
