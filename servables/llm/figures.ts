import { distributionOver, observe } from '../distribution.ts'
import type { FinishReason } from './llm.ts'

/** How an answer ended: as `FinishReason`; nobody wanted it any more; it failed. */
export type Ending = FinishReason | 'abort' | 'error'

/** Bounds as vLLM's, and finer ones below: small models are quick. In seconds. */
const latencies = [
  0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
]
const firstTokens = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
]
const gaps = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80]

/** 1, 2, 5, 10, 20, 50, … up to `most`. */
const tokenCounts = (most: number): number[] =>
  Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power))
    .flat()
    .filter((count) => count <= most)

/** What a model's answers took and gave since it was loaded, counted in the serving process as vLLM counts. Times in seconds. */
export class Figures {
  promptTokens = 0
  generationTokens = 0
  readonly finished: Record<Ending, number> = { stop: 0, length: 0, repetition: 0, abort: 0, error: 0 }
  /** Refused because as many answers, or prompts with as many tokens, waited as may. */
  readonly rejected = { max_num_queued_seqs: 0, max_num_queued_tokens: 0 }
  readonly timeToFirstToken = distributionOver(firstTokens)
  readonly interTokenLatency = distributionOver(gaps)
  readonly timePerOutputToken = distributionOver(gaps)
  readonly latency = distributionOver(latencies)
  readonly queueTime = distributionOver(latencies)
  readonly inferenceTime = distributionOver(latencies)
  readonly prefillTime = distributionOver(latencies)
  readonly decodeTime = distributionOver(latencies)
  readonly promptLength
  readonly answerLength
  readonly longestAnswer
  readonly maxTokens
  readonly n = distributionOver([1, 2, 5, 10, 20])

  constructor(maxModelLength: number) {
    const bounds = tokenCounts(maxModelLength)
    this.promptLength = distributionOver(bounds)
    this.answerLength = distributionOver(bounds)
    this.longestAnswer = distributionOver(bounds)
    this.maxTokens = distributionOver(bounds)
  }
}

/** One answer's way from the queue to its end, by the monotonic clock. Each mark costs well below a microsecond. */
export class Progress {
  readonly #figures: Figures
  readonly #promptLength: number
  readonly #maxTokens: number
  readonly #queuedAt = performance.now()
  #startedAt: number | undefined
  #firstAt: number | undefined
  #lastAt = 0
  #tokens = 0

  constructor(figures: Figures, promptLength: number, maxTokens: number) {
    this.#figures = figures
    this.#promptLength = promptLength
    this.#maxTokens = maxTokens
  }

  /** Whether its prompt is computed. */
  get isDecoding(): boolean {
    return this.#firstAt !== undefined
  }

  /** It has left the queue; after a restart of its host it does so again, which does not count. */
  started(): void {
    this.#startedAt ??= performance.now()
  }

  /** A step has come, with a token or without one. */
  stepped(hasToken: boolean): void {
    const now = performance.now()
    const figures = this.#figures
    if (this.#firstAt === undefined) this.#first(now)
    else if (hasToken) observe(figures.interTokenLatency, (now - this.#lastAt) / 1000)
    this.#lastAt = now
    if (!hasToken) return
    this.#tokens++
    figures.generationTokens++
  }

  /** Its last mark. An answer that failed before it left the queue was refused, and does not count. */
  ended(ending: Ending): void {
    const figures = this.#figures
    const startedAt = this.#startedAt
    if (startedAt === undefined && ending === 'error') return
    figures.finished[ending]++
    const now = performance.now()
    observe(figures.latency, (now - this.#queuedAt) / 1000)
    observe(figures.queueTime, ((startedAt ?? now) - this.#queuedAt) / 1000)
    observe(figures.promptLength, this.#promptLength)
    observe(figures.answerLength, this.#tokens)
    observe(figures.maxTokens, this.#maxTokens)
    if (startedAt === undefined || this.#firstAt === undefined) return
    const decoding = (this.#lastAt - this.#firstAt) / 1000
    observe(figures.inferenceTime, (this.#lastAt - startedAt) / 1000)
    observe(figures.prefillTime, (this.#firstAt - startedAt) / 1000)
    observe(figures.decodeTime, decoding)
    if (this.#tokens > 1) observe(figures.timePerOutputToken, decoding / (this.#tokens - 1))
  }

  #first(now: number): void {
    this.#firstAt = now
    this.started()
    observe(this.#figures.timeToFirstToken, (now - this.#queuedAt) / 1000)
    this.#figures.promptTokens += this.#promptLength
  }
}
