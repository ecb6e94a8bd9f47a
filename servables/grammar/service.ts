import { Matcher } from './matcher.ts'
import { Seat } from './seat.ts'
import { type GrammarSpec, grammarKey } from './spec.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What grammars may cost. */
export interface GrammarLimits {
  /** Threads, each with its own copy of the vocabulary. A second one compiles while the first follows answers. */
  readonly threads: number
  /** Milliseconds that one grammar may take to compile. */
  readonly patience: number
  /** Bytes that a thread's grammars may have together. */
  readonly maxHeap: number
  /** Bytes beyond which a thread is started afresh as soon as nobody needs it: WebAssembly never gives memory back. */
  readonly spareHeap: number
  /** Compiled grammars that are kept for later requests. */
  readonly maxGrammars: number
}

const usualLimits: GrammarLimits = {
  threads: 2,
  patience: 20_000,
  maxHeap: 512 * 2 ** 20,
  spareHeap: 256 * 2 ** 20,
  maxGrammars: 64,
}

/** A compiled grammar. The oldest unused ones are forgotten first. */
interface Grammar {
  readonly id: number
  readonly seat: Seat
  /** Settles when it is compiled. */
  readonly compiled: Promise<void>
  /** Answers that follow it, and requests that wait for it. */
  users: number
}

/**
 * Grammars for one model's vocabulary: compiled in threads of their own, kept for the next request that wants the same, and
 * followed token by token. No thread is started before the first grammar is asked for.
 */
export class GrammarService {
  readonly #limits: GrammarLimits
  readonly #seats: readonly Seat[]
  /** By the key of their specification; the most recently used last. */
  readonly #grammars = new Map<string, Grammar>()
  #lastId = 0
  #hits = 0

  constructor(vocabulary: Vocabulary, limits: Partial<GrammarLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits }
    const lost = (ids: readonly number[]) => this.#lost(new Set(ids))
    this.#seats = Array.from({ length: this.#limits.threads }, () => new Seat(vocabulary, this.#limits, lost))
  }

  /** Grammars that are compiled or being compiled. */
  get size(): number {
    return this.#grammars.size
  }

  /** Requests for a grammar that was there already. */
  get hits(): number {
    return this.#hits
  }

  /**
   * Finds out whether a grammar can be had, and keeps it for the answers that will follow it.
   *
   * @throws EngineError `invalid_value` with the reason when there is something wrong with the grammar, or too much of it
   */
  async compile(spec: GrammarSpec): Promise<void> {
    const grammar = this.#take(spec)
    try {
      await grammar.compiled
    } finally {
      this.#release(grammar)
    }
  }

  /**
   * Begins an answer, or goes on with one of which some tokens are out. The matcher is to be closed when the answer is over.
   *
   * @throws EngineError as `compile` does
   */
  async open(spec: GrammarSpec, tokens: readonly number[] = []): Promise<Matcher> {
    const grammar = this.#take(spec)
    try {
      await grammar.compiled
    } catch (error) {
      this.#release(grammar)
      throw error
    }
    const { seat } = grammar
    let followed = true
    const close = (matcher: Matcher) => {
      if (followed) this.#release(grammar)
      followed = false
      seat.close(matcher)
    }
    const matcher = new Matcher(++this.#lastId, grammar.id, { move: (moving) => seat.move(moving), close }, tokens)
    seat.join(matcher)
    return matcher
  }

  /** Ends all threads; answers that are still followed fail. */
  async dispose(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.dispose()))
  }

  #take(spec: GrammarSpec): Grammar {
    const key = grammarKey(spec)
    const known = this.#grammars.get(key)
    if (known !== undefined) this.#hits++
    const grammar = known ?? this.#begin(spec)
    this.#grammars.delete(key)
    this.#grammars.set(key, grammar)
    grammar.users++
    this.#forgetOldest()
    return grammar
  }

  #begin(spec: GrammarSpec): Grammar {
    const id = ++this.#lastId
    const seat = this.#seatForCompiling()
    const compiled = seat.compile(id, spec)
    const grammar = { id, seat, compiled, users: 0 }
    compiled.catch(() => this.#lost(new Set([id])))
    return grammar
  }

  /** Compiling stops all that a thread follows, so it goes where least is under way; where nothing is, to a thread that is there. */
  #seatForCompiling(): Seat {
    const cost = (seat: Seat) => 2 * seat.load + (seat.started ? 0 : 1)
    return this.#seats.reduce((best, seat) => (cost(seat) < cost(best) ? seat : best))
  }

  #release(grammar: Grammar): void {
    grammar.users--
    this.#forgetOldest()
    const { seat } = grammar
    if (seat.heap > this.#limits.spareHeap && !this.#isUsed(seat)) seat.retire()
  }

  #isUsed(seat: Seat): boolean {
    return [...this.#grammars.values()].some((grammar) => grammar.seat === seat && grammar.users > 0)
  }

  #forgetOldest(): void {
    for (const [key, grammar] of this.#grammars) {
      if (this.#grammars.size <= this.#limits.maxGrammars) return
      if (grammar.users > 0) continue
      this.#grammars.delete(key)
      grammar.seat.forget([grammar.id])
    }
  }

  #lost(ids: ReadonlySet<number>): void {
    for (const [key, grammar] of this.#grammars) if (ids.has(grammar.id)) this.#grammars.delete(key)
  }
}
