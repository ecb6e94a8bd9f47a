import { EngineError } from '../../engine/index.ts'
import type { Mask } from './mask.ts'
import type { Move, Position } from './protocol.ts'

/** What a matcher needs of the thread that follows for it. */
export interface Followed {
  /** Sends what the matcher has to tell, along with the other moves of this turn of the event loop. */
  move(matcher: Matcher): void
  close(matcher: Matcher): void
}

/**
 * One answer's way through its grammar, as the decoding loop knows it. It is told of tokens as they are picked; while the model
 * computes the next ones, the grammar thread finds out what they may be.
 *
 * @example
 * const logits = await runner.run(run)
 * await matcher.settled()
 * const token = pick(logits, matcher.masks[0])
 * matcher.accept(token)
 */
export class Matcher {
  readonly id: number
  readonly grammar: number
  readonly #thread: Followed
  /** All tokens so far: another thread needs them, should this one break. */
  readonly #tokens: number[]
  /** How many of them the thread knows. */
  #told = 0
  #guesses: readonly number[] = []
  #turn = 0
  #position: Position | undefined
  #error: EngineError | undefined
  #closed = false
  readonly #waiting: (() => void)[] = []

  constructor(id: number, grammar: number, thread: Followed, tokens: readonly number[]) {
    this.id = id
    this.grammar = grammar
    this.#thread = thread
    this.#tokens = [...tokens]
  }

  /**
   * What may come next; then, after `guess`, what may come behind each guess, as far as the grammar allows them. Empty until
   * settled, and at the end.
   */
  get masks(): readonly Mask[] {
    return this.#position?.masks ?? []
  }

  /** Whether an end token has been taken: nothing may come any more. */
  get ended(): boolean {
    return this.#position?.ended ?? false
  }

  /** Takes tokens of the answer, each allowed by the one before's mask; an end token comes last. */
  accept(...tokens: readonly number[]): void {
    this.#tokens.push(...tokens)
    this.#guesses = []
    this.#ask()
  }

  /** Asks what may come behind tokens that may come themselves: in `masks`, once settled. They are not taken. */
  guess(tokens: readonly number[]): void {
    this.#guesses = tokens
    this.#ask()
  }

  /**
   * Resolves once `masks` and `ended` are those of now, or the matcher is closed.
   *
   * @throws EngineError `internal` when a token was not allowed, or the grammar's thread broke over this very answer
   */
  async settled(): Promise<void> {
    if (this.#position === undefined && this.#error === undefined && !this.#closed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (this.#error !== undefined) throw this.#error
  }

  /** Frees what the thread keeps of the answer. */
  close(): void {
    this.#closed = true
    this.#thread.close(this)
    this.#wake()
  }

  /** For the thread: what it is to be told. */
  nextMove(): Move {
    const tokens = this.#tokens.slice(this.#told)
    this.#told = this.#tokens.length
    return { matcher: this.id, grammar: this.grammar, tokens, guesses: this.#guesses, turn: this.#turn }
  }

  /** For the thread: the answer to a move. */
  moved(position: Position): void {
    if (position.turn !== this.#turn) return
    if (position.refused >= 0) {
      this.failed(`the grammar does not allow token ${position.refused}`)
      return
    }
    this.#position = position
    this.#wake()
  }

  /** For the thread: a new one knows nothing yet. */
  startOver(): void {
    this.#told = 0
  }

  /** For the thread: there will be no answer. */
  failed(reason: string): void {
    const message = `The answer cannot follow its grammar after ${this.#tokens.length} tokens: ${reason}.`
    this.#error ??= new EngineError('internal', message)
    this.#wake()
  }

  #ask(): void {
    this.#turn++
    this.#position = undefined
    if (this.#error === undefined) this.#thread.move(this)
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
