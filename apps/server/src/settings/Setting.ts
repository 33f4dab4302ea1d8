import { Result } from "effect"
import type { Kind } from "./Kind.ts"

/**
 * One variable of the environment, described once: from this come the decoder, what is said of a mistake, and the reference.
 */
export interface Setting<out A> {
  readonly name: string
  /** What it does, in a sentence. */
  readonly means: string
  /** What the number counts, such as `ms`; null where the kind says all. */
  readonly unit: string | null
  readonly kind: Kind<unknown>
  /** Where it is not given; the text is for people. */
  readonly fallback: { readonly text: string; readonly value: A } | null
  /** From what was given to what is used. */
  readonly read: (given: string) => Result.Result<A, string>
}

interface Words<A> {
  readonly name: string
  readonly means: string
  readonly kind: Kind<A>
  readonly unit?: string
}

const described = <A>({ kind, means, name, unit }: Words<A>) => ({ name, means, kind, unit: unit ?? null })

/** It has a value where nobody gives one; `shown` says which, where the value does not say it itself. */
export const withDefault = <A>(
  words: Words<A> & { readonly fallback: NoInfer<A>; readonly shown?: string }
): Setting<A> => ({
  ...described(words),
  read: words.kind.read,
  fallback: { text: words.shown ?? String(words.fallback), value: words.fallback }
})

/** It may be left out; `without` says what happens then. */
export const optional = <A>(words: Words<A> & { readonly without: string }): Setting<A | null> => ({
  ...described(words),
  read: words.kind.read,
  fallback: { text: words.without, value: null }
})

/** There is no server without it. */
export const needed = <A>(words: Words<A>): Setting<A> => ({
  ...described(words),
  read: words.kind.read,
  fallback: null
})

/** Settings that belong together. */
export interface Section<Settings extends Readonly<Record<string, Setting<unknown>>> = {}> {
  readonly title: string
  /** What there is to know before one sets any of them. */
  readonly says: string
  /** Whatever begins like this is ours: a variable that is not in the section is a mistake. */
  readonly prefix: string | null
  readonly settings: Settings
}

export const section = <const Settings extends Readonly<Record<string, Setting<unknown>>>>(
  section: Section<Settings>
): Section<Settings> => section

/** What the variables of a section come to. */
export type Values<S> =
  S extends Section<infer Settings>
    ? { readonly [Key in keyof Settings]: Settings[Key] extends Setting<infer A> ? A : never }
    : never

/** A variable that cannot be used as it is. */
export interface Problem {
  readonly name: string
  readonly problem: string
}

/** What was given: variables by their names, none of them blank. */
export type Given = ReadonlyMap<string, string>

const decodeOne = <A>(setting: Setting<A>, given: Given): Result.Result<A, Problem> => {
  const { fallback, kind, name } = setting
  const text = given.get(name)
  if (text === undefined) {
    return fallback === null
      ? Result.fail({ name, problem: `is not set; it is needed: ${kind.wants}` })
      : Result.succeed(fallback.value)
  }
  return Result.mapError(setting.read(text.trim()), (why) => ({
    name,
    problem: `${kind.secret ? "what is given" : text.trim()} ${why}`
  }))
}

const decodeOf = (
  section: Section<Readonly<Record<string, Setting<unknown>>>>,
  given: Given,
  problems: Array<Problem>
): Readonly<Record<string, unknown>> => {
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries(section.settings)) {
    const read = decodeOne(setting, given)
    if (Result.isFailure(read)) problems.push(read.failure)
    else values[key] = read.success
  }
  return values
}

/** All of these sections under their keys, or everything that is wrong in any of them. */
export const decode = <
  const S extends Readonly<Record<string, Section<Readonly<Record<string, Setting<unknown>>>>>>
>(
  sections: S,
  given: Given
): Result.Result<{ readonly [Key in keyof S]: Values<S[Key]> }, ReadonlyArray<Problem>> => {
  const problems: Array<Problem> = []
  const values = Object.fromEntries(
    Object.entries(sections).map(([key, section]) => [key, decodeOf(section, given, problems)])
  )
  return problems.length > 0
    ? Result.fail(problems)
    : Result.succeed(values as { readonly [Key in keyof S]: Values<S[Key]> })
}
