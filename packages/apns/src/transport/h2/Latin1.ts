/** Header text is Latin-1: a character for each byte. */

type Sliced = Buffer & { readonly latin1Slice: (from: number, to: number) => string }

/** As `toString("latin1", from, to)`, without the search for the encoding: it is done for every answer. */
export const read = (bytes: Buffer, from: number, to: number): string =>
  (bytes as Sliced).latin1Slice(from, to)
