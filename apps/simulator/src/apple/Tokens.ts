import { Gate, type Notification, Token } from "@sightscreen/apns"
import { Result } from "effect"

/**
 * A list of tokens as a person writes it: one a line, with its kind and its app where they are not the usual ones.
 *
 *     # phones on my desk
 *     3f7c…  update
 *     91ab…  voip    com.example.other
 */
export interface Usual {
  readonly bundleId: string
  readonly environment: Notification.Environment
}

/** Says which line is wrong and why, and never what it holds: tokens are personal data. */
export const parse = (
  text: string,
  { bundleId, environment }: Usual
): Result.Result<ReadonlyArray<Gate.Known>, string> => {
  const found: Array<Gate.Known> = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [hex, kind = "device", app = bundleId, ...more] = line
      .replace(/#.*/, "")
      .split(/\s+/)
      .filter(Boolean)
    if (hex === undefined) continue
    const token = Token.fromHex(hex)
    const where = `line ${index + 1}`
    if (Result.isFailure(token)) return Result.fail(`${where}: ${token.failure.message}`)
    if (!isKind(kind)) return Result.fail(`${where}: ${kind} is none of ${Gate.kinds.join(", ")}`)
    if (more.length > 0) return Result.fail(`${where}: a token, its kind, its bundle ID, and nothing more`)
    found.push({ token: token.success, kind, bundleId: app, environment })
  }
  return found.length > 0 ? Result.succeed(found) : Result.fail("there is no token in it")
}

const isKind = (text: string): text is Gate.Kind => Gate.kinds.some((kind) => kind === text)
