import { describe, it } from "@effect/vitest"
import { suite } from "./support/comparison.ts"
import { cricsheet } from "./support/recordings.ts"

describe("real matches", () => {
  const known = cricsheet()
  if (known === null)
    it.skip("need CRICSHEET_DIR, a folder of Cricsheet's JSON beside one named truth", () => {})
  else suite(known)
})
