import * as Text from "../push/Text.ts"

/** What one check has found. Never a key, never a password. */
export interface Finding {
  /** What was looked at, in a word or three. */
  readonly check: string
  /**
   * - `well`: as it should be.
   * - `look`: pushes work, or will; something is worth a look.
   * - `wrong`: pushes do not work like this.
   * - `skipped`: could not be looked at, because of something else.
   */
  readonly verdict: "well" | "look" | "wrong" | "skipped"
  readonly says: string
  /** What to do about it. */
  readonly remedy?: string
}

export const well = (check: string, says: string): Finding => ({ check, verdict: "well", says })
export const look = (check: string, says: string, remedy: string): Finding => ({
  check,
  verdict: "look",
  says,
  remedy
})
export const wrong = (check: string, says: string, remedy: string): Finding => ({
  check,
  verdict: "wrong",
  says,
  remedy
})
export const skipped = (check: string, says: string): Finding => ({ check, verdict: "skipped", says })

const marks: Record<Finding["verdict"], string> = { well: "✓", look: "!", wrong: "✗", skipped: "–" }

/** The widest name of a check. */
const nameWidth = 13

export const line = ({ check, remedy, says, verdict }: Finding): string => {
  const indent = " ".repeat(nameWidth + 4)
  const said = Text.wrap(says, `${marks[verdict]} ${check.padEnd(nameWidth)}  `, indent)
  return remedy === undefined ? said : `${said}\n${Text.wrap(remedy, `${indent}→ `, `${indent}  `)}`
}

export const isWell = (findings: ReadonlyArray<Finding>): boolean =>
  findings.every(({ verdict }) => verdict !== "wrong")

/** The last line. */
export const summary = (findings: ReadonlyArray<Finding>): string => {
  const count = (verdict: Finding["verdict"]) => findings.filter((one) => one.verdict === verdict).length
  const [looks, wrongs] = [count("look"), count("wrong")]
  const worth = `${looks} ${looks === 1 ? "is" : "are"} worth a look.`
  if (wrongs === 0) return looks === 0 ? "Nothing is wrong." : `Nothing is wrong; ${worth}`
  const first = `${wrongs} ${wrongs === 1 ? "thing is" : "things are"} wrong`
  return looks === 0 ? `${first}.` : `${first}, and ${worth}`
}
