import type { EngineError } from '../../engine/index.ts'
import type { Job, JobHandle } from '../host/index.ts'
import type { AnswersEvent, FoundEvent, SequenceEvent, TokenEvent } from './engine.ts'
import { type Ending, type Figures, Progress } from './figures.ts'
import type { SequenceMessage } from './hosted.ts'
import type { FinishReason, Step, Steps, TokenLogprobs } from './llm.ts'
import { unpackLogprobs } from './logprobs.ts'
import type { SequenceCommand } from './sequence.ts'

/**
 * One answer as the serving process knows it, which is the truth: its prompt, the tokens that are out, its place in the random
 * draws. Whatever happens to the host process, `command` tells a new one all that it needs to go on. Or all answers that a beam
 * search finds: they come at once, so a new process begins anew.
 */
export class Answer implements Job<SequenceCommand, SequenceEvent> {
  /** Of a beam search, that of its best answer. */
  readonly choice: number
  /** Whether the request's own stop tokens are no part of the answer. */
  readonly hidesStop: boolean
  readonly #start: SequenceCommand
  readonly #emitted: number[] = []
  readonly #generation: Generation
  readonly #progress: Progress
  #handle: JobHandle<SequenceMessage> | undefined
  #over = false
  #foundTokens = 0

  constructor(choice: number, start: SequenceCommand, generation: Generation, figures: Figures, hidesStop = true) {
    this.choice = choice
    this.hidesStop = hidesStop
    this.#start = start
    this.#generation = generation
    this.#progress = new Progress(figures, start.prompt.length, start.maxLength - start.prompt.length)
  }

  begin(submit: (job: Job<SequenceCommand, SequenceEvent>) => JobHandle<SequenceMessage>): void {
    this.#handle = submit(this)
    if (this.#over) this.#handle.end()
  }

  command(): SequenceCommand {
    return { ...this.#start, emitted: this.#emitted }
  }

  /** Rows of the batch that it takes. */
  get width(): number {
    return this.#start.beamSearch?.beams ?? 1
  }

  started(): void {
    this.#progress.started()
  }

  /** Tokens of its prompt, until they are computed. */
  get queuedTokens(): number {
    return this.#over || this.#progress.isDecoding ? 0 : this.#start.prompt.length
  }

  /** Whether a token that ends it is the request's own. Others are not told: the last token of what a search finds ends nothing. */
  isStop(token: number): boolean {
    return this.#start.lastTokens?.includes(token) ?? false
  }

  /** New tokens so far. */
  get tokens(): number {
    return this.#emitted.length
  }

  /** Tokens of the prompt that were not computed for this answer. */
  get foundTokens(): number {
    return this.#foundTokens
  }

  receive(event: SequenceEvent): void {
    if (this.#over) return
    if ('foundTokens' in event) this.#begin(event)
    else if ('answers' in event) this.#complete(event)
    else this.#advance(event)
  }

  /** Of an answer that goes on after a restart, what it found when it first began is the truth. */
  #begin({ foundTokens }: FoundEvent): void {
    if (this.#emitted.length === 0) this.#foundTokens = foundTokens
  }

  #advance(event: TokenEvent): void {
    const [token, finish] = event
    if (token >= 0) this.#emitted.push(token)
    this.#progress.stepped(token >= 0)
    if (finish !== undefined) this.#finish(finish)
    this.#generation.push(new AnswerStep(this, this.choice, event))
  }

  #complete({ answers }: AnswersEvent): void {
    for (const [token] of answers.flat()) this.#progress.stepped(token >= 0)
    this.#finish('stop')
    for (const [rank, events] of answers.entries())
      for (const event of events) this.#generation.push(new AnswerStep(this, this.choice + rank, event))
  }

  fail(error: EngineError): void {
    if (this.#over) return
    this.#finish('error')
    this.#generation.fail(error)
  }

  /** Nobody wants more of it: it had a stop string, or else nobody reads it any more. */
  drop(ending: Ending): void {
    if (this.#over) return
    this.#handle?.send('drop')
    this.#finish(ending)
    this.#generation.wake()
  }

  #finish(ending: Ending): void {
    this.#over = true
    this.#progress.ended(ending)
    this.#handle?.end()
    this.#generation.leave(this)
  }
}

class AnswerStep implements Step {
  readonly choice: number
  readonly token: number | undefined
  readonly finish: FinishReason | undefined
  readonly stopToken: number | undefined
  readonly cachedTokens: number
  readonly logprobs: TokenLogprobs | undefined
  readonly promptLogprobs: readonly TokenLogprobs[] | undefined
  readonly #answer: Answer

  constructor(answer: Answer, choice: number, [token, finish, logprobs, prompt]: TokenEvent) {
    this.choice = choice
    this.stopToken = finish === 'stop' && answer.isStop(token) ? token : undefined
    const isShown = token >= 0 && !(answer.hidesStop && this.stopToken !== undefined)
    this.token = isShown ? token : undefined
    this.finish = finish
    this.cachedTokens = answer.foundTokens
    this.logprobs = isShown && logprobs ? unpackLogprobs(logprobs) : undefined
    this.promptLogprobs = prompt?.map(unpackLogprobs)
    this.#answer = answer
  }

  drop(): void {
    this.#answer.drop('stop')
  }
}

/** One request's answers, and the steps of each in the order in which they came. */
export class Generation {
  readonly #answers = new Set<Answer>()
  readonly #left: (answer: Answer) => void
  /** By choice. */
  #news = new Map<number, [Step, ...Step[]]>()
  #error: EngineError | undefined
  #wake: (() => void) | undefined

  /** @param left called as each answer is over */
  constructor(left: (answer: Answer) => void) {
    this.#left = left
  }

  /** Whether all its answers have ended. */
  get isOver(): boolean {
    return this.#answers.size === 0
  }

  join(answer: Answer): void {
    this.#answers.add(answer)
  }

  leave(answer: Answer): void {
    this.#answers.delete(answer)
    this.#left(answer)
  }

  push(step: Step): void {
    const steps = this.#news.get(step.choice)
    if (steps === undefined) this.#news.set(step.choice, [step])
    else steps.push(step)
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

  /** The steps that have come since the last call, by choice; none, once all answers are over. */
  async next(): Promise<readonly Steps[]> {
    while (this.#error === undefined && this.#news.size === 0 && this.#answers.size > 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    if (this.#error !== undefined) throw this.#error
    const news = [...this.#news.values()]
    this.#news.clear()
    return news
  }

  /** Nobody reads any more. */
  end(): void {
    for (const answer of [...this.#answers]) answer.drop('abort')
  }
}
