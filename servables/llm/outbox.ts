import type { EngineError } from '../../engine/index.ts'
import type { Listener, SequenceEvent } from './engine.ts'

type Told = readonly [id: number, event: SequenceEvent]

/**
 * Tells of a model's tokens in fewer messages than it has steps, where steps are short: each message wakes the serving process
 * and, for each of its streams, a client, on processors that the model would use. What comes sooner than `interval` after the
 * last message waits for the end of a later step, with what comes until then. The first token of an answer and its end do not
 * wait, nor do steps that take longer than that.
 */
export class Outbox implements Listener {
  readonly #listener: Listener
  readonly #interval: number
  readonly #now: () => number
  #held: Told[] = []
  /** Those of whom the last message told: the first token of any other is awaited. */
  #told = new Set<number>()
  #sentAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  /**
   * @param interval in milliseconds
   * @param now the time in milliseconds
   */
  constructor(listener: Listener, interval: number, now = () => performance.now()) {
    this.#listener = listener
    this.#interval = interval
    this.#now = now
  }

  started(ids: readonly number[]): void {
    this.#listener.started(ids)
  }

  emit(events: readonly Told[]): void {
    this.#held.push(...events)
    const mayWait = this.#now() - this.#sentAt < this.#interval && !events.some((told) => this.#isAwaited(told))
    // There may be no later step for long: answers wait for what their grammars allow.
    if (mayWait) this.#timer ??= setTimeout(() => this.#send(), 2 * this.#interval)
    else this.#send()
  }

  fail(id: number, error: EngineError): void {
    this.#send()
    this.#listener.fail(id, error)
  }

  /** An answer's first token, and its last; that part of its prompt was found can wait for its first. */
  #isAwaited([id, event]: Told): boolean {
    return 'answers' in event || (!('foundTokens' in event) && (event[1] !== undefined || !this.#told.has(id)))
  }

  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#held.length === 0) return
    const events = this.#held
    this.#held = []
    this.#told = new Set(events.flatMap(([id, event]) => ('foundTokens' in event ? [] : [id])))
    this.#sentAt = this.#now()
    this.#listener.emit(events)
  }
}
