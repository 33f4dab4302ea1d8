import { Duration } from "effect"

/** How long things are kept after they were last of use. */

/** A phone that has not been heard of for so long has another app now, or another owner. */
export const devices = Duration.days(90)

/** A retired token explains late news of it. */
export const retiredTokens = Duration.days(90)

/** Apple: an activity lives for eight hours at most, and its tokens with it. */
export const updateTokens = Duration.hours(24)

export const follows = Duration.hours(48)
export const editions = Duration.hours(24)
export const recoveries = Duration.days(7)
export const notices = Duration.days(7)

/** Who asks why a push came, or did not, asks within days. */
export const deliveries = Duration.days(7)
export const decisions = Duration.days(7)

/**
 * As long as what was sent in its name is remembered: one that were forgotten sooner, while its match rests for a day, would
 * have a successor of the same name, whose start would count as sent.
 */
export const activities = deliveries

/** Who ordered what, for those who ask afterwards. */
export const orders = Duration.days(90)

/** How long an `Idempotency-Key` names the same request. */
export const requests = Duration.hours(24)

/** No allowance takes so long to fill. */
export const rateCounts = Duration.hours(1)

/** Who asks whether a webhook was told asks within days. */
export const webhookMessages = Duration.days(3)
