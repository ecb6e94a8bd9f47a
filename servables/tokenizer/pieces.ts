/**
 * What each token is worth to a stream decoder, found once for each id, when it first appears. The table is shared by
 * all streams of a tokenizer and grows to the vocabulary at most: ids that the tokenizer does not know are not kept.
 */
export class Pieces<T> {
  readonly #known = new Map<number, T>()
  readonly #textOf: (token: number) => string | null
  readonly #pieceOf: (text: string) => T

  constructor(textOf: (token: number) => string | null, pieceOf: (text: string) => T) {
    this.#textOf = textOf
    this.#pieceOf = pieceOf
  }

  get(token: number): T | undefined {
    const known = this.#known.get(token)
    if (known !== undefined) return known
    const text = this.#textOf(token)
    if (text === null) return undefined
    const piece = this.#pieceOf(text)
    this.#known.set(token, piece)
    return piece
  }
}
