import type { Worker } from 'node:worker_threads'
import { launch } from './launch.ts'
import type { Followed, Matcher } from './matcher.ts'
import type { FromThread, Position, ToThread } from './protocol.ts'
import { type GrammarSpec, refused, unavailable } from './spec.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface SeatLimits {
  /** Milliseconds without an answer from the thread, after which what it works on is given up. */
  readonly patience: number
  /** Bytes that the thread's grammars may have together. */
  readonly maxHeap: number
}

/** Milliseconds for a thread to start and to read its vocabulary. It depends on the machine alone, so it is no option. */
const startPatience = 60_000

interface Compiling {
  readonly spec: GrammarSpec
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * One grammar thread and, when it breaks, the next one. The library aborts on bad grammars and is undefined afterwards, so its
 * thread is replaced: what it broke on fails; running answers are followed again from their first token, and notice nothing.
 */
export class Seat implements Followed {
  readonly #vocabulary: Vocabulary
  readonly #limits: SeatLimits
  /** Told of grammars that are compiled no more. */
  readonly #lost: (grammars: readonly number[]) => void
  readonly #compiling = new Map<number, Compiling>()
  readonly #compiled = new Map<number, GrammarSpec>()
  readonly #matchers = new Map<number, Matcher>()
  readonly #moving = new Set<Matcher>()
  #thread: Worker | undefined
  #working = new Int32Array(new SharedArrayBuffer(4))
  #unanswered = 0
  #timer: NodeJS.Timeout | undefined
  #heap = 0
  /** Settles when no thread that was ended runs any more. */
  #stopped: Promise<unknown> = Promise.resolve()

  constructor(vocabulary: Vocabulary, limits: SeatLimits, lost: (grammars: readonly number[]) => void) {
    this.#vocabulary = vocabulary
    this.#limits = limits
    this.#lost = lost
  }

  /** Answers that are followed here, and grammars that are being compiled. */
  get load(): number {
    return this.#matchers.size + this.#compiling.size
  }

  /** Bytes that the thread's WebAssembly has grown to. */
  get heap(): number {
    return this.#heap
  }

  /** Whether a thread is there. */
  get started(): boolean {
    return this.#thread !== undefined
  }

  /**
   * @throws EngineError `invalid_value` with the reason when there is something wrong with it, or too much
   */
  compile(grammar: number, spec: GrammarSpec): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#compiling.set(grammar, { spec, resolve, reject })
      this.#post({ type: 'compile', grammar, spec })
    })
  }

  /** Begins to follow an answer through a grammar that is compiled here. */
  join(matcher: Matcher): void {
    this.#matchers.set(matcher.id, matcher)
    this.move(matcher)
  }

  /** All moves of one turn of the event loop are one message. */
  move(matcher: Matcher): void {
    if (!this.#matchers.has(matcher.id)) return
    if (this.#moving.size === 0) queueMicrotask(() => this.#sendMoves())
    this.#moving.add(matcher)
  }

  close(matcher: Matcher): void {
    this.#moving.delete(matcher)
    if (this.#matchers.delete(matcher.id)) this.#tell({ type: 'forget', grammars: [], matchers: [matcher.id] })
  }

  forget(grammars: readonly number[]): void {
    for (const id of grammars) this.#compiled.delete(id)
    this.#tell({ type: 'forget', grammars, matchers: [] })
  }

  /** Ends the thread; a later grammar starts another. Only while nothing is under way. */
  async retire(): Promise<void> {
    const lost = [...this.#compiled.keys()]
    this.#compiled.clear()
    this.#lost(lost)
    await this.#stop()
  }

  async dispose(): Promise<void> {
    this.#failAll('the model is being unloaded')
    await this.#stop()
  }

  #sendMoves(): void {
    const moves = [...this.#moving].map((matcher) => matcher.nextMove())
    this.#moving.clear()
    if (moves.length > 0) this.#post({ type: 'move', moves })
  }

  /** Sends what will be answered. */
  #post(message: ToThread): void {
    const thread = this.#thread ?? this.#start()
    this.#unanswered++
    if (this.#unanswered === 1) this.#watch(this.#limits.patience)
    thread.postMessage(message)
  }

  /** Sends what will not be answered. */
  #tell(message: ToThread): void {
    this.#thread?.postMessage(message)
  }

  #start(): Worker {
    this.#working = new Int32Array(new SharedArrayBuffer(4))
    const thread = launch({ vocabulary: this.#vocabulary, working: this.#working, maxHeap: this.#limits.maxHeap })
    this.#thread = thread
    this.#unanswered = 1
    this.#watch(startPatience)
    const broken = (reason: string) => {
      if (thread === this.#thread) this.#replace(reason)
    }
    thread.on('message', (message: FromThread) => {
      if (thread === this.#thread) this.#take(message)
    })
    thread.once('error', (error: Error) => broken(error.message))
    thread.once('exit', () => broken('its thread ended'))
    return thread
  }

  #take(message: FromThread): void {
    this.#unanswered--
    this.#watch(this.#limits.patience)
    if (message.type === 'moved') this.#moved(message.positions)
    if (message.type === 'compiled') {
      this.#heap = message.heap
      this.#settle(message.grammar, ({ spec, resolve }) => {
        this.#compiled.set(message.grammar, spec)
        resolve()
      })
    }
    if (message.type === 'refused') this.#settle(message.grammar, ({ reject }) => reject(refused(message.reason)))
  }

  #settle(grammar: number, settle: (compiling: Compiling) => void): void {
    const compiling = this.#compiling.get(grammar)
    this.#compiling.delete(grammar)
    if (compiling !== undefined) settle(compiling)
  }

  #moved(positions: readonly Position[]): void {
    for (const position of positions) {
      const matcher = this.#matchers.get(position.matcher)
      if (position.refused >= 0 && matcher !== undefined) this.close(matcher)
      matcher?.moved(position)
    }
  }

  /** From now on the thread has this long to say something. */
  #watch(patience: number): void {
    clearTimeout(this.#timer)
    if (this.#unanswered === 0) return
    this.#timer = setTimeout(() => this.#replace(`it takes longer than ${patience / 1000} s`), patience)
    this.#timer.unref()
  }

  #replace(reason: string): void {
    const culprit = Atomics.load(this.#working, 0)
    this.#stop()
    if (culprit === 0) this.#failAll(reason)
    else this.#fail(culprit, reason)
    const used = new Set([...this.#matchers.values()].map((matcher) => matcher.grammar))
    const lost = [...this.#compiled.keys()].filter((grammar) => !used.has(grammar))
    for (const grammar of lost) this.#compiled.delete(grammar)
    this.#lost(lost)
    for (const [grammar, spec] of this.#compiled) this.#post({ type: 'compile', grammar, spec })
    for (const matcher of this.#matchers.values()) {
      matcher.startOver()
      this.move(matcher)
    }
    // Moves go before the grammars that nobody has seen compile yet, and may break the thread again.
    this.#sendMoves()
    for (const [grammar, { spec }] of this.#compiling) this.#post({ type: 'compile', grammar, spec })
  }

  /** What the thread was working on when it broke: a new grammar, one that had been compiled before, or an answer. */
  #fail(culprit: number, reason: string): void {
    this.#settle(culprit, ({ reject }) => reject(refused(reason)))
    if (this.#compiled.delete(culprit)) this.#lost([culprit])
    for (const matcher of [...this.#matchers.values()]) {
      if (matcher.id !== culprit && matcher.grammar !== culprit) continue
      this.close(matcher)
      matcher.failed(reason)
    }
  }

  #failAll(reason: string): void {
    for (const grammar of [...this.#compiling.keys()]) this.#settle(grammar, ({ reject }) => reject(unavailable(reason)))
    for (const matcher of [...this.#matchers.values()]) {
      this.close(matcher)
      matcher.failed(reason)
    }
    const lost = [...this.#compiled.keys()]
    this.#compiled.clear()
    this.#lost(lost)
  }

  #stop(): Promise<unknown> {
    clearTimeout(this.#timer)
    this.#stopped = Promise.all([this.#stopped, this.#thread?.terminate()])
    this.#thread = undefined
    this.#unanswered = 0
    this.#heap = 0
    return this.#stopped
  }
}
