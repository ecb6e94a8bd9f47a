import type { EngineError } from '../../engine/index.ts'
import type { Job, JobHandle } from '../host/index.ts'
import type { FoundEvent, SequenceEvent, TokenEvent } from './engine.ts'
import type { SequenceMessage } from './hosted.ts'
import type { FinishReason, Step } from './llm.ts'
import type { SequenceCommand } from './sequence.ts'

/**
 * One answer as the serving process knows it, which is the truth: its prompt, the tokens that are out, its place in the random
 * draws. Whatever happens to the host process, `command` tells a new one all that it needs to go on.
 */
export class Answer implements Job<SequenceCommand, SequenceEvent> {
  readonly choice: number
  readonly #start: SequenceCommand
  readonly #emitted: number[] = []
  readonly #generation: Generation
  #handle: JobHandle<SequenceMessage> | undefined
  #over = false
  #foundTokens = 0

  constructor(choice: number, start: SequenceCommand, generation: Generation) {
    this.choice = choice
    this.#start = start
    this.#generation = generation
  }

  begin(submit: (job: Job<SequenceCommand, SequenceEvent>) => JobHandle<SequenceMessage>): void {
    this.#handle = submit(this)
    if (this.#over) this.#handle.end()
  }

  command(): SequenceCommand {
    return { ...this.#start, emitted: this.#emitted }
  }

  /** Tokens of the prompt that were not computed for this answer. */
  get foundTokens(): number {
    return this.#foundTokens
  }

  receive(event: SequenceEvent): void {
    if (this.#over) return
    if ('foundTokens' in event) this.#begin(event)
    else this.#advance(event)
  }

  /** Of an answer that goes on after a restart, what it found when it first began is the truth. */
  #begin({ foundTokens }: FoundEvent): void {
    if (this.#emitted.length === 0) this.#foundTokens = foundTokens
  }

  #advance([token, finish]: TokenEvent): void {
    if (token >= 0) this.#emitted.push(token)
    if (finish !== undefined) this.#finish()
    this.#generation.push(new AnswerStep(this, token >= 0 ? token : undefined, finish))
  }

  fail(error: EngineError): void {
    if (this.#over) return
    this.#finish()
    this.#generation.fail(error)
  }

  drop(): void {
    if (this.#over) return
    this.#handle?.send('drop')
    this.#finish()
    this.#generation.wake()
  }

  #finish(): void {
    this.#over = true
    this.#handle?.end()
    this.#generation.leave(this)
  }
}

class AnswerStep implements Step {
  readonly choice: number
  readonly token: number | undefined
  readonly finish: FinishReason | undefined
  readonly cachedTokens: number
  readonly #answer: Answer

  constructor(answer: Answer, token: number | undefined, finish: FinishReason | undefined) {
    this.choice = answer.choice
    this.token = token
    this.finish = finish
    this.cachedTokens = answer.foundTokens
    this.#answer = answer
  }

  drop(): void {
    this.#answer.drop()
  }
}

/** One request's answers, and their steps in the order in which they came. */
export class Generation {
  readonly #answers = new Set<Answer>()
  readonly #left: () => void
  #steps: Step[] = []
  #error: EngineError | undefined
  #wake: (() => void) | undefined

  /** @param left called as each answer is over */
  constructor(left: () => void) {
    this.#left = left
  }

  join(answer: Answer): void {
    this.#answers.add(answer)
  }

  leave(answer: Answer): void {
    this.#answers.delete(answer)
    this.#left()
  }

  push(step: Step): void {
    this.#steps.push(step)
    this.wake()
  }

  fail(error: EngineError): void {
    this.#error ??= error
    this.wake()
  }

  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  /** Every step until all answers are over. Steps that came together are read without a turn of the event loop between them. */
  async *steps(): AsyncGenerator<Step> {
    for (;;) {
      const steps = this.#steps
      this.#steps = []
      for (const step of steps) {
        if (this.#error !== undefined) break
        yield step
      }
      if (this.#error !== undefined) throw this.#error
      if (this.#steps.length === 0 && this.#answers.size === 0) return
      if (this.#steps.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Nobody reads any more. */
  end(): void {
    for (const answer of [...this.#answers]) answer.drop()
  }
}
