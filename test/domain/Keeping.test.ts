import { Asking, Filed, type Ids, Keeping, PushId } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, it } from "vitest"

it("remembers an activity as long as the starts that were sent in its name", () => {
  const phone = {
    deviceId: "phone" as Ids.DeviceId,
    userId: "her" as Ids.UserId,
    schemaVersion: 1,
    language: "en" as const,
    frequentUpdates: true
  }
  // Forgotten, it would be filed anew under its name; and its first start would be one that has been sent.
  const start = () =>
    PushId.of(Asking.startCause(Filed.first("m" as Ids.MatchId, phone, 1).activityId, 0), "token")
  assert.strictEqual(start(), start())
  assert.isTrue(Duration.isGreaterThanOrEqualTo(Keeping.activities, Keeping.deliveries))
})
