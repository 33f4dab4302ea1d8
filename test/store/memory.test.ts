import { Store } from "@sightscreen/store"
import { suite } from "./suite/index.ts"

suite("in memory", Store.layerMemory)
