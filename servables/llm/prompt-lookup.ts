import { mostGuesses, usualGuesses } from './guess-policy.ts'
import type { GuessSource, Prospect } from './guesser.ts'
import type { Sequence } from './sequence.ts'

/** What may follow a text because it followed the same tokens before. */
export interface Continuation {
  readonly tokens: readonly number[]
  /** How many of the text's last tokens stood before it. */
  readonly matched: number
}

/** Last tokens to look for where a request does not say, as in OpenVINO Model Server; and at most, whatever it says. */
const usualNgramSize = 3
const mostNgramSize = 32

/** Guesses that answers repeat what stands in them or in their prompts. */
export class PromptLookup implements GuessSource {
  readonly cost = 0
  #found = new Map<Sequence, Continuation>()

  prospects(sequences: readonly Sequence[]): readonly Prospect[] {
    this.#found = new Map()
    for (const sequence of sequences) {
      const { tokens = usualGuesses, ngramSize = usualNgramSize } = sequence.guessing
      const count = Math.min(tokens, mostGuesses, sequence.roomForGuesses)
      const found = lookUp(sequence.tokens, Math.min(ngramSize, mostNgramSize), count)
      if (found !== undefined) this.#found.set(sequence, found)
    }
    return [...this.#found].map(([sequence, { matched, tokens }]) => ({ sequence, sort: matched, most: tokens.length }))
  }

  async make(asked: readonly (readonly [prospect: Prospect, count: number])[]): Promise<void> {
    for (const [{ sequence }, count] of asked) sequence.guess(this.#found.get(sequence)?.tokens.slice(0, count) ?? [])
  }

  async dispose(): Promise<void> {
    this.#found.clear()
  }
}

/**
 * Looks for the last tokens of a text further up in it, as many of them as can be found and the latest place, and guesses what
 * followed there (Saxena, "Prompt lookup decoding", 2023). What follows is itself continued alike, so a text that repeats itself in
 * short is guessed as far ahead as any.
 *
 * @param ngramSize last tokens to look for, at most
 * @param count tokens to guess
 * @returns undefined when not even the last token has stood before
 */
export function lookUp(tokens: readonly number[], ngramSize: number, count: number): Continuation | undefined {
  let [matched, end] = [0, 0]
  for (let place = tokens.length - 1; place > 0 && matched < ngramSize; place--) {
    const size = matchAt(tokens, place, ngramSize)
    if (size > matched) [matched, end] = [size, place]
  }
  if (matched === 0) return undefined
  const period = tokens.length - end
  return { matched, tokens: Array.from({ length: count }, (_, index) => tokens[end + (index % period)]!) }
}

/** How many of the tokens before a place are the text's last ones. */
function matchAt(tokens: readonly number[], place: number, most: number): number {
  let size = 0
  while (size < most && size < place && tokens[place - 1 - size] === tokens[tokens.length - 1 - size]) size++
  return size
}
