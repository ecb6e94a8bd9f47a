/** Reads from text that is still coming: a generator that yields wherever it has to wait for more, and then goes on. */
export type Reading<T = void> = Generator<undefined, T, undefined>

/** Receives text as it is read. */
export type Show = (text: string) => void

/** Texts at one of which reading stops. Made once for a format, as it is looked for all the time. */
export class Stops {
  readonly texts: readonly string[]
  readonly #first: RegExp

  constructor(texts: readonly string[]) {
    this.texts = texts
    const first = new Set(texts.map((text) => text.charAt(0)))
    this.#first = new RegExp(`[${[...first].map(escapeInClass).join('')}]`, 'g')
  }

  /** Where in `text`, from `at` on, a stop may begin; -1: nowhere. */
  mayBegin(text: string, at: number): number {
    if (this.texts.length === 0) return -1
    this.#first.lastIndex = at
    return this.#first.exec(text)?.index ?? -1
  }
}

const escapeInClass = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Text as it comes, read from its front, and forgotten once it is read. Nothing that its methods tell depends on where the text
 * was cut.
 */
export class TextReader {
  #text = ''
  #at = 0
  #ended = false
  #record: string[] | undefined

  push(text: string): void {
    this.#text = this.#text.slice(this.#at) + text
    this.#at = 0
  }

  end(): void {
    this.#ended = true
  }

  /** What has come and is not read. */
  get unread(): string {
    return this.#at === 0 ? this.#text : this.#text.slice(this.#at)
  }

  /** Begins to keep what is read, for `recorded`. */
  record(): void {
    this.#record = []
  }

  /** What was read since `record`, which ends with this. */
  recorded(): string {
    const text = this.#record?.join('') ?? ''
    this.#record = undefined
    return text
  }

  /** Has `text`, which was read last, come once more. */
  putBack(text: string): void {
    if (text.length > this.#at) this.#text = text + this.#text.slice(this.#at)
    this.#at = Math.max(0, this.#at - text.length)
  }

  /** The next characters, as many as have come. */
  take(length: number): string {
    const text = this.#text.slice(this.#at, this.#at + length)
    this.#at += text.length
    this.#record?.push(text)
    return text
  }

  /** Waits until there is something unread; false: the text has ended. */
  *more(): Reading<boolean> {
    while (this.#at >= this.#text.length) {
      if (this.#ended) return false
      yield
    }
    return true
  }

  /** The next character, which stays unread; '': the text has ended. */
  *peek(): Reading<string> {
    return (yield* this.more()) ? this.#text.charAt(this.#at) : ''
  }

  /** As many characters as `pattern` matches, one by one. @param pattern of one or more characters, with the flag `y` */
  *run(pattern: RegExp): Reading<string> {
    let text = ''
    while (yield* this.more()) {
      pattern.lastIndex = this.#at
      text += this.take(pattern.exec(this.#text)?.[0].length ?? 0)
      if (this.#at < this.#text.length) break
    }
    return text
  }

  space(): Reading<string> {
    return this.run(/\s+/y)
  }

  /** The longest of `texts` that comes next, and is read; undefined: none of them comes. */
  *match(texts: readonly string[]): Reading<string | undefined> {
    for (;;) {
      const { found, isOpen } = this.#matchAt(this.#at, texts)
      if (isOpen) {
        yield
        continue
      }
      if (found !== undefined) this.take(found.length)
      return found
    }
  }

  /** Reads what is left, if it is the beginning of one of `texts`, and the text has ended. */
  takeRemains(texts: readonly string[]): void {
    const { unread } = this
    if (this.#ended && texts.some((text) => text.startsWith(unread))) this.take(unread.length)
  }

  /** Reads and shows what comes before the first of `stops`, which is read as well; undefined: none came. */
  *until(stops: Stops, show: Show): Reading<string | undefined> {
    let from = this.#at
    for (;;) {
      const at = stops.mayBegin(this.#text, from)
      if (at < 0) {
        if (this.#at < this.#text.length) show(this.take(this.#text.length - this.#at))
        if (!(yield* this.more())) return undefined
        from = this.#at
        continue
      }
      const { found, isOpen } = this.#matchAt(at, stops.texts)
      if (found === undefined && !isOpen) {
        from = at + 1
        continue
      }
      if (at > this.#at) show(this.take(at - this.#at))
      if (isOpen) {
        yield
        from = this.#at
        continue
      }
      if (found !== undefined) this.take(found.length)
      return found
    }
  }

  /** The longest of `texts` at a place, and whether a longer one may yet come to stand there. */
  #matchAt(at: number, texts: readonly string[]): { readonly found: string | undefined; readonly isOpen: boolean } {
    const available = this.#text.length - at
    let found: string | undefined
    let isOpen = false
    for (const text of texts) {
      if (text.length <= available) {
        if (text.length > (found?.length ?? 0) && this.#text.startsWith(text, at)) found = text
      } else if (!this.#ended && text.startsWith(this.#text.slice(at))) isOpen = true
    }
    return { found, isOpen }
  }
}
