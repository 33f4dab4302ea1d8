import { Tls } from "@sightscreen/apns"
import { suite } from "./h2/suite.ts"

suite("our own HTTP/2", Tls.layer)
