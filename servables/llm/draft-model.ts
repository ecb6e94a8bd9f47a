import { adjustLogits } from './adjustments.ts'
import { blocksFor } from './blocks.ts'
import { mostGuesses, usualGuesses } from './guess-policy.ts'
import type { GuessSource, Prospect } from './guesser.ts'
import { packLogprobs } from './logprobs.ts'
import { Rows } from './rows.ts'
import type { Runner } from './runner.ts'
import { Sampler } from './sampler.ts'
import { Sequence } from './sequence.ts'

export interface DraftLimits {
  /** Sequences that it follows at once. */
  readonly rows: number
  /** Tokens that it computes at once. */
  readonly maxBatchedTokens: number
  /** Tokens of a sequence that it can follow. */
  readonly maxLength: number
}

/**
 * Guesses what a smaller model answers (Leviathan et al., "Fast inference from transformers via speculative decoding", 2023). It
 * draws its tokens as the sequence does, with the same random numbers, so that two models that think alike choose alike. It
 * keeps a cache of its own, which follows the sequences' tokens: what it computed of wrong guesses is computed over.
 */
export class DraftModel implements GuessSource {
  readonly cost: number
  readonly #runner: Runner
  readonly #limits: DraftLimits
  readonly #rows: Rows
  readonly #sampler: Sampler
  readonly #counts: Int32Array
  readonly #close: () => Promise<void>
  /** As the draft model knows them: the sequence's tokens, and its own guesses behind them. */
  readonly #known = new Map<Sequence, Sequence>()

  /**
   * @param cost what a run of one token takes, of what the guessed model's takes
   * @param close called when the runner is no longer used
   */
  constructor(runner: Runner, cost: number, limits: DraftLimits, close: () => Promise<void>) {
    this.cost = cost
    this.#runner = runner
    this.#limits = limits
    this.#rows = new Rows(limits.rows)
    this.#sampler = new Sampler(runner.vocabularySize)
    this.#counts = new Int32Array(runner.vocabularySize)
    this.#close = close
  }

  prospects(sequences: readonly Sequence[]): readonly Prospect[] {
    const answered = new Set(sequences)
    for (const sequence of this.#known.keys()) if (!answered.has(sequence)) this.#leave(sequence)
    const prospects: Prospect[] = []
    let [rows, blocks] = [this.#rows.free, this.#runner.capacity.blocks]
    for (const sequence of sequences) {
      const most = Math.min(this.#wanted(sequence), this.#limits.maxLength - sequence.tokens.length)
      blocks -= blocksFor(sequence.tokens.length + most)
      if (!this.#known.has(sequence)) rows--
      if (rows < 0 || blocks < 0) break
      if (most > 0) prospects.push({ sequence, sort: 0, most })
    }
    return prospects
  }

  #wanted({ guessing: { tokens = usualGuesses, confidence }, roomForGuesses }: Sequence): number {
    return Math.min(confidence === undefined ? tokens : mostGuesses, mostGuesses, roomForGuesses)
  }

  async make(asked: readonly (readonly [prospect: Prospect, count: number])[]): Promise<void> {
    for (const [{ sequence }, count] of asked) sequence.guess(await this.#draft(sequence, count))
  }

  async dispose(): Promise<void> {
    await this.#close()
  }

  /** None yet while the draft model has much to catch up with: answers in progress do not wait for more than a chunk of it. */
  async #draft(sequence: Sequence, count: number): Promise<readonly number[]> {
    const draft = this.#follow(sequence)
    const length = sequence.tokens.length
    if (sequence.tokens.slice(draft.computed).some((token) => token >= this.#runner.vocabularySize)) return []
    while (draft.tokens.length < length + count) {
      const to = Math.min(draft.computed + this.#limits.maxBatchedTokens, draft.tokens.length)
      const logits = await this.#runner.run({ kind: 'prefill', sequence: draft, from: draft.computed, to, wanting: [] })
      draft.computed = to
      if (to < length) return []
      const token = this.#choose(sequence, draft, logits(draft))
      if (token === undefined) break
      draft.append(token)
      if (sequence.endTokens.has(token)) break
    }
    return draft.tokens.slice(length)
  }

  /** A sequence as it is now. What was computed of the same tokens counts as computed, but for the last. */
  #follow(sequence: Sequence): Sequence {
    const { id, tokens, promptLength, sampling } = sequence
    const before = this.#known.get(sequence)
    const [prompt, emitted] = [tokens.slice(0, promptLength), tokens.slice(promptLength)]
    const draft = new Sequence(id, { prompt, emitted, sampling, maxLength: Number.POSITIVE_INFINITY, endTokens: [] })
    draft.row = before?.row ?? this.#rows.take()!
    const most = Math.min(before?.computed ?? 0, tokens.length - 1)
    while (draft.computed < most && before?.tokens[draft.computed] === tokens[draft.computed]) draft.computed++
    this.#known.set(sequence, draft)
    return draft
  }

  /** Undefined when the draft model is not sure enough, or has nothing to say. */
  #choose({ adjustments, endTokens, guessing }: Sequence, draft: Sequence, logits: Float32Array): number | undefined {
    const { tokens, promptLength, sampling } = draft
    if (adjustments !== undefined) adjustLogits(logits, adjustments, { tokens, promptLength, endTokens }, this.#counts)
    const token = this.#sampler.pick(logits, sampling, tokens.length)
    if (token === undefined || guessing.confidence === undefined) return token
    const [, logprob = Number.NEGATIVE_INFINITY] = packLogprobs(logits, token, 0)
    return Math.exp(logprob) < guessing.confidence ? undefined : token
  }

  #leave(sequence: Sequence): void {
    const draft = this.#known.get(sequence)
    if (draft === undefined) return
    this.#known.delete(sequence)
    this.#rows.release(draft.row)
    this.#runner.memory.release(draft.row)
  }
}
