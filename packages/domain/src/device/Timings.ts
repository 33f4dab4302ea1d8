import { Duration } from "effect"
import * as Activity from "../activity/Activity.ts"

/**
 * How long, how often, how many: the numbers by which a phone is helped back to its Live Activity.
 *
 * A start that Apple has accepted proves nothing: a token that the phone no longer has is accepted for weeks. A start is
 * *answered* when the phone says so: by the activity's update token or by its word that it has subscribed to the channel.
 * However late that word comes, it counts for every start of the match that is still remembered.
 */

/** How long before a scheduled start apps are woken to report a start token, so that it is there at the first ball. */
export const wakeBefore = Duration.minutes(10)

/** A start token that was not heard of for so long may have been replaced unnoticed (Apple: it "may change over time"). */
export const startTokenStaleAfter = Duration.days(7)

/** Apple: no more than two or three background pushes an hour. A phone is woken once for a match in any case. */
export const wakesAnHour = 3
export const wakesWindow = Duration.hours(1)

/**
 * How long a start is given to be answered: 90 seconds for the first, which is most often only slow, then five minutes, for a
 * phone that is out of reach.
 */
export const patience = (attempt: number): Duration.Duration =>
  Activity.patience[attempt] ?? Activity.patience.at(-1)!

/** How often one activity is asked for before the person is told instead. */
export const startsPerActivity = Activity.maxAttempts

/** How long a match is kept waiting for a phone's first start token before the person is told. An app that has just been installed reports in seconds. */
export const startTokenWithin = patience(1)

/** Starts are counted over a day: a phone has a budget of its own for them, in numbers that Apple does not give. */
export const startsWindow = Duration.hours(24)

/**
 * Starts by one token, in 24 hours, that were not answered. Developers saw phones refuse silently, with a budget below zero,
 * after about ten in a short time.
 */
export const unansweredADay = 3

/**
 * The same, whatever the token. What an old token swallowed did not cost the new one anything; a phone that changes its token
 * with every start is no reason to go on.
 */
export const unansweredADayByAnyToken = 2 * unansweredADay

/** Starts in an hour, answered or not: nobody follows so many matches, and something is going round in circles. */
export const startsAnHour = 10
export const startsHour = Duration.hours(1)

/**
 * After so many unanswered starts in a row the token is taken for one that the phone no longer has. Starts by it stop, but for
 * one after a day without any: a phone that was force-quit takes starts again, by the token it had, once its app has run.
 */
export const suspectAfter = 3

/** How long a match is remembered after it was last heard of; the nights and rest days of a Test are shorter. */
export const matchKeptFor = Duration.hours(48)
/** How exactly that is noted: a row is not written with every tick. */
export const heardAgainAfter = Duration.hours(1)

/** How long before its start a match gets its channels: apps may subscribe by themselves before they are started. */
export const channelsBefore = Duration.hours(12)

/** How long before the scheduled start people are told that their match is about to begin. */
export const prematchBefore = Duration.minutes(30)

/** Two refusals of a token count as two if they are so far apart: one burst of pushes is one failure. */
export const independentAfter = Duration.minutes(1)
