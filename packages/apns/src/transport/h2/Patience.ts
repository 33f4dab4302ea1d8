/**
 * Frames that bring no answer, and how many of them are borne: so many at once, and some more with each request. RFC 9113
 * 10.5 names the frames that cost their sender little and us much.
 */
const atFirst = 1000
const perRequest = 8
const most = 20_000

export class Patience {
  #left = atFirst

  /** One more such frame. False when it was one too many. */
  spend(): boolean {
    return --this.#left >= 0
  }

  /** A request calls for frames of its own. */
  grow(by: number = perRequest): void {
    if (this.#left < most) this.#left += by
  }

  /** Some time has passed: a server that has sent little since may send as much again. */
  refresh(): void {
    this.#left = Math.max(this.#left, atFirst)
  }
}
