import { Http2 } from "@sightscreen/apns"
import { suite } from "./h2/suite.ts"

suite("Node's HTTP/2", Http2.layer)
