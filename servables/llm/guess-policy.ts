/**
 * A run with one more lane takes so much longer, of what a run of one token takes: 0.13 with 0.5B weights of 8 bits, 0.2 with 4 bits
 * or behind a thousand tokens, on two cores.
 */
const LANE_COST = 0.2

/** Tokens that are guessed where a request does not say, as OpenVINO Model Server does; and at most, whatever it says. */
export const usualGuesses = 5
export const mostGuesses = 15

/** Earlier guesses count less and less, and untried failures are forgotten over some dozens of tokens. */
const REMEMBERED = 0.75
const REMEMBERED_UNTRIED = 0.97
const SMALLEST_COUNT = 0.2

/** How often guesses of one sort have been right for a sequence. Begins with some trust. */
export class Trust {
  #right = 2
  #wrong = 0.5

  /** The chance that a guess is right if those before it are. */
  get chance(): number {
    return this.#right / (this.#right + this.#wrong)
  }

  /** So many guesses were tried, and the first `right` of them were right. */
  learn(tried: number, right: number): void {
    this.#right = Math.max(SMALLEST_COUNT, this.#right * REMEMBERED + right)
    this.#wrong = this.#wrong * REMEMBERED + (right < tried ? 1 : 0)
  }

  /** There was something to guess, but not tried: what is never tried again could never be right again. */
  forget(): void {
    this.#wrong *= REMEMBERED_UNTRIED
  }
}

/** A sequence that has something to guess. */
export interface Guessable {
  /** The chance that a guess is right if those before it are. */
  readonly chance: number
  /** Guesses at most. */
  readonly most: number
  /** What making one costs, beside its lane, of what a run of one token takes. */
  readonly cost?: number | undefined
}

/**
 * How many tokens of each sequence to guess: a guess is worth its lane while it makes tokens come faster than without it. So the
 * surest come first, and fewer the more sequences answer, as each of those gets its token for the cost of a lane.
 *
 * @param answering sequences that get a token from the run
 * @param lanes in the run
 */
export function shareLanes(guessable: readonly Guessable[], answering: number, lanes: number): readonly number[] {
  const counts = guessable.map(() => 0)
  let [tokens, cost] = [answering, 1 + LANE_COST * (answering - 1)]
  for (let free = lanes - answering; free > 0; free--) {
    const best = surest(guessable, counts)
    if (best === undefined) break
    const added = LANE_COST + (best.guessable.cost ?? 0)
    if (best.gain / added <= tokens / cost) break
    counts[best.index]!++
    tokens += best.gain
    cost += added
  }
  return counts
}

/** The next guess that pays most for what it costs. */
function surest(guessable: readonly Guessable[], counts: readonly number[]) {
  const next = guessable.map((each, index) => ({ index, guessable: each, gain: each.chance ** (counts[index]! + 1) }))
  const open = next.filter(({ index, guessable: { most } }) => counts[index]! < most)
  const worth = ({ gain, guessable: { cost = 0 } }: (typeof open)[number]) => gain / (LANE_COST + cost)
  return open.length === 0 ? undefined : open.reduce((a, b) => (worth(b) > worth(a) ? b : a))
}
