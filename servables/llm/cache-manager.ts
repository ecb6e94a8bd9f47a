import { blockSize } from './blocks.ts'
import { KeptBlocks } from './kept-blocks.ts'
import { Rows } from './rows.ts'
import type { Sequence } from './sequence.ts'

/** Moves keys and values where the manager says. Each call is over when it returns, and none comes while the model runs. */
export interface CacheMemory {
  /** Copies a block of a row, counted from the row's beginning, to a slot outside the rows. */
  keep(row: number, block: number, slot: number): void
  /** Copies it back, to the same place in any row. */
  restore(slot: number, row: number, block: number): void
  /** A slot's contents are wanted no more: its memory is given back. */
  discard(slot: number): void
  /** Copies a row's first tokens to another row. The first row's contents are wanted no more. */
  move(from: number, to: number, length: number): void
  /** Copies a row's tokens `first … end` to the same places of another row. */
  copy(from: number, to: number, first: number, end: number): void
  /** A row's contents are wanted no more: its memory is given back. */
  release(row: number): void
}

/** Memory for keys and values, in blocks. */
export interface CacheCapacity {
  /** In rows and outside, together. */
  readonly blocks: number
  /** Outside rows at most; 0: prefixes are not kept. */
  readonly keptBlocks: number
}

/**
 * Copying so many tokens of a row takes about as long as computing one row for nothing: with a 0.5B int8 model on two quiet cores
 * some 5 µs a token, page faults included, and 1.6 ms a row.
 */
const tokensWorthARow = 300

/**
 * Says which sequence has which row and which blocks are kept, so that all of it stays within the memory that there is. Rows come
 * first: kept blocks are given up for them.
 */
export class CacheManager {
  readonly #capacity: CacheCapacity
  readonly #rows: Rows
  readonly #kept: KeptBlocks
  readonly #memory: CacheMemory
  /** Blocks that are set aside for rows. */
  #reserved = 0
  /** Rows computed for nothing since the last one was closed. */
  #wasted = 0

  constructor(rows: number, capacity: CacheCapacity, memory: CacheMemory) {
    this.#capacity = capacity
    this.#rows = new Rows(rows)
    this.#kept = new KeptBlocks(capacity.keptBlocks)
    this.#memory = memory
  }

  get freeRows(): number {
    return this.#rows.free
  }

  get keptBlocks(): number {
    return this.#kept.size
  }

  /** Sets memory aside for these sequences, as they will be after the next run, and `spare` blocks. False: there is not so much. */
  reserve(sequences: Iterable<Sequence>, spare = 0): boolean {
    const blocks = usedBlocks(sequences) + spare
    if (blocks > this.#capacity.blocks) return false
    this.#reserved = blocks
    while (blocks + this.#kept.size > this.#capacity.blocks) this.#memory.discard(this.#kept.evict()!)
    return true
  }

  /** Gives a sequence a row, with nothing in it. */
  admit(sequence: Sequence): void {
    sequence.row = this.#rows.take()!
    sequence.computed = 0
  }

  /** A sequence leaves its row. */
  release(sequence: Sequence): void {
    this.#rows.release(sequence.row)
    this.#memory.release(sequence.row)
    sequence.row = -1
  }

  /** Copies out what a sequence has in full blocks, as far as it is not kept already. */
  keep(sequence: Sequence): void {
    if (this.#capacity.keptBlocks === 0) return
    const chain = sequence.blockNames.within(sequence.computed)
    const added = this.#kept.keep(chain, this.#capacity.blocks - this.#reserved)
    for (const { block, slot } of added) this.#memory.keep(sequence.row, block, slot)
  }

  /** Copies in what is kept of a sequence's beginning; as many tokens count as computed. */
  restore(sequence: Sequence): void {
    const slots = [...this.#kept.find(sequence.blockNames.within(sequence.tokens.length))]
    while (!sequence.canGoOnAt(slots.length * blockSize)) slots.pop()
    for (const [block, slot] of slots.entries()) this.#memory.restore(slot, sequence.row, block)
    sequence.computed = slots.length * blockSize
  }

  /** Gives a beam what another one has computed and it has not; and a row, if it has none. */
  fork(from: Sequence, to: Sequence): void {
    if (to.row < 0) to.row = this.#rows.take()!
    this.#memory.copy(from.row, to.row, to.computed, from.computed)
    to.computed = from.computed
  }

  /**
   * Free rows between others are computed for nothing. Once that has cost as much as copying would, the last row moves into the
   * first free one: at worst both are paid, whatever comes.
   */
  closeHole(decoding: readonly Sequence[]): void {
    const last = decoding.reduce((a, b) => (a.row > b.row ? a : b))
    const holes = this.#rows.freeBelow(last.row)
    this.#wasted = holes === 0 ? 0 : this.#wasted + holes
    if (holes === 0 || this.#wasted * tokensWorthARow < last.computed) return
    this.#wasted = 0
    const from = last.row
    last.row = this.#rows.take()!
    this.#memory.move(from, last.row, last.computed)
    this.#rows.release(from)
    this.#memory.release(from)
  }
}

/** Blocks in rows once all tokens of these sequences are computed. */
export function usedBlocks(sequences: Iterable<Sequence>): number {
  let used = 0
  for (const { blocks } of sequences) used += blocks
  return used
}
