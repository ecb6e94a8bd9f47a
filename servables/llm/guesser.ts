import { shareLanes, Trust } from './guess-policy.ts'
import type { Run } from './scheduler.ts'
import type { Sequence } from './sequence.ts'

/** What might be guessed of a sequence's next tokens. */
export interface Prospect {
  readonly sequence: Sequence
  /** Guesses of one sort turn out right equally often: each is trusted by what became of it. */
  readonly sort: number
  /** Tokens at most. */
  readonly most: number
}

/** Where guesses come from. */
export interface GuessSource {
  /** What making a guess takes, of what a run of one token takes. */
  readonly cost: number
  /** Of these sequences, which are all that are being answered. */
  prospects(sequences: readonly Sequence[]): readonly Prospect[]
  /** Lets sequences guess so many tokens, or fewer. */
  make(asked: readonly (readonly [prospect: Prospect, count: number])[]): Promise<void>
  dispose(): Promise<void>
}

/** What was guessed so far: drafts, the tokens in them, and those of them that were right. */
export interface GuessStats {
  readonly drafts: number
  readonly draftTokens: number
  readonly acceptedTokens: number
}

/**
 * Guesses what answers will go on with, so that one run of the model computes several of their tokens. Guesses do not change
 * answers: each token is picked as ever, and what was computed behind a wrong guess counts for nothing.
 */
export class Guesser {
  readonly #source: GuessSource
  readonly #lanes: number
  readonly #trust = new WeakMap<Sequence, Map<number, Trust>>()
  /** Whose trust depends on what becomes of a sequence's guesses. */
  readonly #tried = new WeakMap<Sequence, Trust>()
  #stats: GuessStats = { drafts: 0, draftTokens: 0, acceptedTokens: 0 }

  /** @param lanes tokens in a run */
  constructor(source: GuessSource, lanes: number) {
    this.#source = source
    this.#lanes = lanes
  }

  get stats(): GuessStats {
    return this.#stats
  }

  /** Gives sequences that have none guesses, where that is likely to pay. */
  async guess(sequences: readonly Sequence[]): Promise<void> {
    const prospects = this.#source.prospects(sequences).filter(({ sequence }) => sequence.guesses.length === 0)
    const trusts = prospects.map((prospect) => this.#trustOf(prospect))
    const guessable = prospects.map(({ most }, index) => ({ most, chance: trusts[index]!.chance, cost: this.#source.cost }))
    const counts = shareLanes(guessable, sequences.length, this.#lanes)
    for (const [index, { sequence }] of prospects.entries()) {
      if (counts[index] === 0) trusts[index]!.forget()
      else this.#tried.set(sequence, trusts[index]!)
    }
    const asked = prospects.map((prospect, index) => [prospect, counts[index]!] as const).filter(([, count]) => count > 0)
    if (asked.length > 0) await this.#source.make(asked)
  }

  /** Looks what became of the guesses in a run, of which all tokens are picked. */
  learn(run: Run): void {
    if (run.kind !== 'lanes') return
    for (const sequence of run.sequences) {
      const guesses = run.lanes.filter((lane) => lane.sequence === sequence && lane.isGuess)
      if (guesses.length === 0) continue
      const wrong = guesses.findIndex(({ position, token }) => sequence.tokens[position] !== token)
      const right = wrong === -1 ? guesses.length : wrong
      this.#tried.get(sequence)?.learn(guesses.length, right)
      const { drafts, draftTokens, acceptedTokens } = this.#stats
      this.#stats = {
        drafts: drafts + 1,
        draftTokens: draftTokens + guesses.length,
        acceptedTokens: acceptedTokens + right,
      }
    }
  }

  dispose(): Promise<void> {
    return this.#source.dispose()
  }

  #trustOf({ sequence, sort }: Prospect): Trust {
    const trusts = this.#trust.get(sequence) ?? new Map<number, Trust>()
    this.#trust.set(sequence, trusts)
    const trust = trusts.get(sort) ?? new Trust()
    trusts.set(sort, trust)
    return trust
  }
}
