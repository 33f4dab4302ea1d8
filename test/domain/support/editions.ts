import { Edition } from "@sightscreen/domain"
import { Result } from "effect"
import { after, innings, over, second, snapshot } from "./cricket.ts"
import { watch } from "./story.ts"

const one = innings([over("A", "X", "1 2 3", "B")])
const { bulletins } = watch(snapshot([after(1, one)], { at: second(0) }), snapshot([one], { at: second(10) }))
const sample = Result.getOrThrow(
  Edition.of(bulletins.at(-1)!, { route: "channel", schema: 1, language: "en", level: "frequent" })
)

/** Plain state for a channel, but for what is said. It is of use for long after any moment of a test. */
export const edition = (more: Partial<Edition.Edition>): Edition.Edition => ({
  ...sample,
  expiresAt: second(9000),
  ...more
})
