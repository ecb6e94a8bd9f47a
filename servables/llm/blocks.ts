import { createHash } from 'node:crypto'

/**
 * Tokens in a block, the unit in which memory for keys and values is counted and prefixes are kept. A head of 64 half floats takes
 * one page of memory for it.
 */
export const blockSize = 32

/** Blocks that so many tokens take. */
export const blocksFor = (tokens: number): number => Math.ceil(tokens / blockSize)

/**
 * Names the full blocks of a sequence by all that their keys and values depend on: the block before, the tokens, and how many of
 * them are the prompt's (an answer's tokens are computed one by one, with other bits). Names are chained SHA-256, so equal names
 * mean equal beginnings. `salt` sets a chain apart from all chains of other salts. The model is not in the name: blocks never
 * leave its process.
 */
export class BlockNames {
  readonly #tokens: readonly number[]
  readonly #promptLength: number
  readonly #salt: string | undefined
  readonly #names: string[] = []

  /** @param tokens may grow; tokens that are there never change */
  constructor(tokens: readonly number[], promptLength: number, salt: string | undefined) {
    this.#tokens = tokens
    this.#promptLength = promptLength
    this.#salt = salt
  }

  /** Of the full blocks in the first `length` tokens. */
  within(length: number): readonly string[] {
    const count = Math.floor(length / blockSize)
    while (this.#names.length < count) this.#names.push(this.#nameOf(this.#names.length))
    return this.#names.slice(0, count)
  }

  #nameOf(block: number): string {
    const from = block * blockSize
    const contents = new Int32Array(blockSize + 1)
    contents.set(this.#tokens.slice(from, from + blockSize))
    contents[blockSize] = Math.max(0, Math.min(this.#promptLength - from, blockSize))
    return digest(this.#names.at(-1) ?? this.#root, contents)
  }

  get #root(): string {
    return this.#salt === undefined ? '' : digest(this.#salt)
  }
}

function digest(...parts: readonly (string | Int32Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('base64')
}
