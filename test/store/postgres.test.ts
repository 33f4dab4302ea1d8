import { Store } from "@sightscreen/store"
import { Layer } from "effect"
import { database } from "../support/postgres.ts"
import { suite } from "./suite/index.ts"

suite("in PostgreSQL", Store.layer.pipe(Layer.provide(database("suite"))))
