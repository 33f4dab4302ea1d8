import { run, short } from "./trueGear.ts"

/** Prints the digest of a short run of each seed it is given: for whoever wants it from another process. */
for (const seed of process.argv.slice(2))
  console.log(run(short(Number(seed)), { digest: true }).summary.digest)
