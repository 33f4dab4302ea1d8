import type { Bench } from "../Bench.ts"
import { Detect } from "./Detect.ts"

/** Everything that can be measured. */
export const benches: ReadonlyArray<Bench> = [Detect]
