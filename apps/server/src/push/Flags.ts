import { Option } from "effect"
import * as Flag from "effect/cli/Flag"

/** What the flags of all kinds of pushes are made with. */

export const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

export const int = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional)

export const orNothing = Option.getOrUndefined

export const example = (line: string, description: string) => ({
  command: `npm run --silent server -- push ${line}`,
  description
})
