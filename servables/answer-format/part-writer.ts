import type { AnswerPart } from './answer-format.ts'

/**
 * Collects an answer's parts. White space between text and what is no text belongs to the markers, and is left out: at the ends
 * of reasoning, before and after calls.
 */
export class PartWriter {
  readonly #parallel: boolean
  readonly #hasContent: boolean
  #parts: AnswerPart[] = []
  #calls = 0
  /** Of a run of text: what kind it is, whether white space at its beginning counts, and white space that may be its end. */
  #kind: 'content' | 'reasoning' = 'content'
  #begun = true
  #space = ''

  /**
   * @param parallel whether there may be more than one call; of more the first is kept
   * @param hasContent whether content is kept; where an answer is nothing but calls, it is what the text's end has left of one
   */
  constructor(parallel: boolean, hasContent: boolean) {
    this.#parallel = parallel
    this.#hasContent = hasContent
  }

  text(kind: 'content' | 'reasoning', text: string): void {
    if (kind === 'content' && !this.#hasContent) return
    if (kind !== this.#kind) this.break(kind)
    const shown = this.#begun ? text : text.trimStart()
    if (shown === '') return
    this.#begun = true
    const end = endOfText(shown)
    if (end > 0) this.#add(kind, this.#space + shown.slice(0, end))
    this.#space = end > 0 ? shown.slice(end) : this.#space + shown
  }

  /** The text so far is over, and another begins: white space between the two is dropped. */
  break(kind: 'content' | 'reasoning'): void {
    this.#kind = kind
    this.#begun = false
    this.#space = ''
  }

  /** Text of this kind has begun before: white space at its beginning counts. */
  goOn(kind: 'content' | 'reasoning'): void {
    this.#kind = kind
  }

  call(id: string, name: string): void {
    this.#calls++
    if (!this.#isKept) return
    this.break('content')
    this.#parts.push({ type: 'call', index: this.#calls - 1, id, name })
  }

  arguments(text: string): void {
    if (text === '' || !this.#isKept) return
    const index = this.#calls - 1
    const last = this.#parts.at(-1)
    if (last?.type === 'arguments') this.#parts[this.#parts.length - 1] = { ...last, text: last.text + text }
    else this.#parts.push({ type: 'arguments', index, text })
  }

  /** Calls so far, also those that are not kept. */
  get calls(): number {
    return this.#calls
  }

  /** The parts since the last time. */
  drain(): readonly AnswerPart[] {
    const parts = this.#parts
    this.#parts = []
    return parts
  }

  /** White space at the very end is text, except where reasoning ended the answer. */
  end(): void {
    if (this.#kind === 'content' && this.#space !== '') this.#add('content', this.#space)
    this.#space = ''
  }

  get #isKept(): boolean {
    return this.#parallel || this.#calls === 1
  }

  #add(type: 'content' | 'reasoning', text: string): void {
    const last = this.#parts.at(-1)
    if (last?.type === type) this.#parts[this.#parts.length - 1] = { type, text: last.text + text }
    else this.#parts.push({ type, text })
  }
}

/** The length of `text` without the white space at its end. */
function endOfText(text: string): number {
  const last = text.charCodeAt(text.length - 1)
  // Most texts end in printable ASCII, none of which is white space.
  return last > 0x20 && last < 0x80 ? text.length : text.trimEnd().length
}
