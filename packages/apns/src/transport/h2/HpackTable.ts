/** The two tables of HPACK (RFC 7541 2.3): the static one, and a dynamic one per direction and connection. */

/** RFC 7541, appendix A. Index 1 is the first. */
export const fixed: ReadonlyArray<readonly [name: string, value: string]> = (
  ":authority|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http|:scheme=https|:status=200|:status=204|" +
  ":status=206|:status=304|:status=400|:status=404|:status=500|accept-charset|accept-encoding=gzip, deflate|" +
  "accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|" +
  "content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|" +
  "cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|" +
  "last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|" +
  "server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate"
)
  .split("|")
  .map((entry) => {
    const [name = "", value = ""] = entry.split("=")
    return [name, value]
  })

/** RFC 7541 4.1: what an entry counts for beside its name and value. */
export const overhead = 32

/** What both sides start with (RFC 9113 6.5.2). */
export const usualBytes = 4096

/** Entries in the order in which they came; the newest has index 62. Its memory is bounded by its size in bytes. */
export class Dynamic {
  #names: Array<string> = []
  #values: Array<string> = []
  /** Where the oldest entry lies. What lies before it is gone, and is dropped for good now and then. */
  #oldest = 0
  #bytes = 0
  #limit: number

  constructor(limit: number = usualBytes) {
    this.#limit = limit
  }

  get length(): number {
    return this.#names.length - this.#oldest
  }

  get bytes(): number {
    return this.#bytes
  }

  get limit(): number {
    return this.#limit
  }

  /** The name at an index that counts the static table too; undefined where there is no entry. */
  name(index: number): string | undefined {
    const at = this.#at(index)
    return at < 0 ? fixed[index - 1]?.[0] : this.#names[at]
  }

  value(index: number): string | undefined {
    const at = this.#at(index)
    return at < 0 ? fixed[index - 1]?.[1] : this.#values[at]
  }

  /** An entry larger than the table empties it, and is no error (RFC 7541 4.4). */
  insert(name: string, value: string): void {
    const bytes = sizeOf(name, value)
    this.#shrink(this.#limit - bytes)
    if (bytes > this.#limit) return
    this.#names.push(name)
    this.#values.push(value)
    this.#bytes += bytes
  }

  resize(limit: number): void {
    this.#limit = limit
    this.#shrink(limit)
  }

  /** The index of the newest entry with this name and value, or 0. */
  find(name: string, value: string): number {
    for (let at = this.#names.length - 1; at >= this.#oldest; at--) {
      if (this.#names[at] === name && this.#values[at] === value) return this.#index(at)
    }
    return fixed.findIndex(([n, v]) => n === name && v === value) + 1
  }

  findName(name: string): number {
    const inFixed = fixed.findIndex(([n]) => n === name) + 1
    if (inFixed > 0) return inFixed
    const at = this.#names.lastIndexOf(name)
    return at < this.#oldest ? 0 : this.#index(at)
  }

  #at(index: number): number {
    if (index <= fixed.length) return -1
    const at = this.#names.length - (index - fixed.length)
    // Past the oldest there is nothing: no entry has this number.
    return at >= this.#oldest ? at : this.#names.length
  }

  #index(at: number): number {
    return fixed.length + this.#names.length - at
  }

  #shrink(limit: number): void {
    while (this.#bytes > limit && this.#oldest < this.#names.length) {
      this.#bytes -= sizeOf(this.#names[this.#oldest]!, this.#values[this.#oldest]!)
      this.#names[this.#oldest] = ""
      this.#values[this.#oldest] = ""
      this.#oldest++
    }
    if (this.#oldest > 1024) {
      this.#names = this.#names.slice(this.#oldest)
      this.#values = this.#values.slice(this.#oldest)
      this.#oldest = 0
    }
  }
}

/** Header text is Latin-1 here, so characters are bytes. */
export const sizeOf = (name: string, value: string): number => name.length + value.length + overhead
