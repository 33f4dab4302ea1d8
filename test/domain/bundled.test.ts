import { describe } from "@effect/vitest"
import { suite } from "./support/comparison.ts"
import { bundled } from "./support/recordings.ts"

describe("the bundled tapes", () => suite(bundled()))
