import type { Pieces } from './pieces.ts'
import type { TokenDecoder } from './tokenizer.ts'

/** A token that means the same text wherever it stands, except at the very beginning (Metaspace, WordPiece). */
export interface PlacedPiece {
  readonly first: string
  readonly later: string
}

/** Joins texts that do not depend on their neighbours. */
export class PiecewiseDecoder implements TokenDecoder {
  readonly #pieces: Pieces<PlacedPiece>
  #begun = false

  constructor(pieces: Pieces<PlacedPiece>) {
    this.#pieces = pieces
  }

  push(token: number): string {
    const piece = this.#pieces.get(token)
    if (piece === undefined) return ''
    if (this.#begun) return piece.later
    this.#begun = true
    return piece.first
  }

  end(): string {
    return ''
  }
}

/**
 * For any other decoder: what a few more tokens add to the text of those before (the prefix and read offsets of
 * Hugging Face's text-generation-inference). Exact where a token's text depends on its near neighbours alone.
 */
export class WindowDecoder implements TokenDecoder {
  readonly #textOf: (token: number) => string | null
  readonly #decode: (texts: string[]) => string
  #window: string[] = []
  /** How many texts of the window are shown already. */
  #read = 0

  constructor(textOf: (token: number) => string | null, decode: (texts: string[]) => string) {
    this.#textOf = textOf
    this.#decode = decode
  }

  push(token: number): string {
    const text = this.#textOf(token)
    if (text === null) return ''
    this.#window.push(text)
    const added = this.#added()
    if (added === '' || added.endsWith('\uFFFD')) return ''
    this.#window = this.#window.slice(this.#read)
    this.#read = this.#window.length
    return added
  }

  end(): string {
    const added = this.#added()
    this.#window = []
    this.#read = 0
    return added
  }

  #added(): string {
    return this.#decode(this.#window).slice(this.#decode(this.#window.slice(0, this.#read)).length)
  }
}
