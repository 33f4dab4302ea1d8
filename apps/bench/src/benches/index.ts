import type { Bench } from "../Bench.ts"
import { Api } from "./Api.ts"
import { Detect } from "./Detect.ts"
import { GoAway } from "./GoAway.ts"
import { Push } from "./Push.ts"
import { Simulate } from "./Simulate.ts"

/** Everything that can be measured. */
export const benches: ReadonlyArray<Bench> = [Detect, Push, GoAway, Simulate, Api]
