/** A block that is new among the kept ones, and the slot that is to hold it. */
export interface NewBlock {
  /** Its place in its chain. */
  readonly block: number
  readonly slot: number
}

/**
 * Which blocks are kept, by name, and in which slots of memory. The least recently used goes first. A chain is used from its end to
 * its beginning, so a block is never older than those behind it, and the oldest of all has none behind it.
 */
export class KeptBlocks {
  readonly #capacity: number
  /** Slots by name, the least recently used first. */
  readonly #slots = new Map<string, number>()
  readonly #free: number[]

  /** @param capacity slots, numbered from 0 */
  constructor(capacity: number) {
    this.#capacity = capacity
    this.#free = Array.from({ length: capacity }, (_, index) => capacity - 1 - index)
  }

  get size(): number {
    return this.#slots.size
  }

  /** The slots of as much of a chain's beginning as is kept, which is now the most recently used. */
  find(chain: readonly string[]): readonly number[] {
    const end = chain.findIndex((name) => !this.#slots.has(name))
    const found = end === -1 ? chain : chain.slice(0, end)
    this.#use(found)
    return found.map((name) => this.#slots.get(name)!)
  }

  /**
   * Keeps a chain, or as much of its beginning as there is room for.
   *
   * @param most blocks that may be kept now, all together; older ones are given up for new ones, but none of the same chain
   */
  keep(chain: readonly string[], most: number): readonly NewBlock[] {
    const limit = Math.min(most, this.#capacity)
    const own = new Set(chain)
    const added: NewBlock[] = []
    this.#use(chain)
    for (const [block, name] of chain.entries()) {
      if (this.#slots.has(name)) continue
      if (this.size >= limit && !this.#makeRoom(own)) break
      const slot = this.#free.pop()!
      this.#slots.set(name, slot)
      added.push({ block, slot })
    }
    this.#use(chain)
    return added
  }

  /** Gives up the least recently used block; its slot. Undefined when none is kept. */
  evict(): number | undefined {
    for (const [name, slot] of this.#slots) {
      this.#slots.delete(name)
      this.#free.push(slot)
      return slot
    }
    return undefined
  }

  #makeRoom(own: ReadonlySet<string>): boolean {
    const [oldest] = this.#slots.keys()
    return oldest !== undefined && !own.has(oldest) && this.evict() !== undefined
  }

  #use(chain: readonly string[]): void {
    for (const name of chain.toReversed()) {
      const slot = this.#slots.get(name)
      if (slot === undefined) continue
      this.#slots.delete(name)
      this.#slots.set(name, slot)
    }
  }
}
