import type { PackedLogprobs } from './logprobs.ts'

/** What a request wants of its beam search. */
export interface BeamParams {
  /** Texts that are continued side by side; 2 or more. */
  readonly beams: number
  /** Answers that are given: the best of those that are found. `beams` at most. */
  readonly answers: number
  /**
   * An answer's score is the sum of its tokens' logprobs over its length to this power: above 0 long answers gain by it, below 0
   * they lose.
   */
  readonly lengthPenalty: number
  /**
   * When the search is over. True: as soon as there are `beams` answers. False: when the likeliest beam, ended now, would not be
   * among them. 'never': when it could not be among them at any length.
   */
  readonly earlyStopping: boolean | 'never'
}

/** A token that may come next, and its logprob. */
export type Candidate = readonly [token: number, logprob: number]

/** A beam of the next step: the beam of this one that it goes on from, and the token that it adds. */
export interface Continuation {
  readonly parent: number
  readonly token: number
}

export interface FoundAnswer {
  readonly tokens: readonly number[]
  /** Of each token, if they are asked for. */
  readonly logprobs: readonly PackedLogprobs[]
  readonly finish: 'stop' | 'length'
}

/** A token of an answer behind those before it, which answers that begin alike share. */
interface Link {
  readonly before: Link | undefined
  readonly token: number
  readonly logprobs: PackedLogprobs | undefined
}

interface Beam {
  readonly last: Link | undefined
  /** The sum of its tokens' logprobs. */
  readonly sum: number
}

interface Finished extends Beam {
  readonly score: number
  readonly finish: FoundAnswer['finish']
}

interface Ranked extends Continuation {
  readonly sum: number
}

/** How a search sees tokens: which end an answer, and which of those are a part of it. */
export interface Endings {
  ends(token: number): boolean
  tells(token: number): boolean
}

/**
 * Finds likely answers by continuing several at once (Lowerre, 1976), as transformers' `generate` does with `num_beams`: of all
 * continuations of all beams the likeliest go on, and of those that end the best by score are kept.
 */
export class BeamSearch {
  readonly #params: BeamParams
  readonly #longest: number
  readonly #endings: Endings
  #beams: readonly Beam[] = [{ last: undefined, sum: 0 }]
  /** The best first; no more than there are beams. */
  #finished: readonly Finished[] = []
  #length = 0

  /** @param longest tokens of an answer at most; 1 or more */
  constructor(params: BeamParams, longest: number, endings: Endings) {
    this.#params = params
    this.#longest = longest
    this.#endings = endings
  }

  /**
   * A step: the beams that go on; none when the search is over. Beams stay in their parents' places where they can: the first
   * child of beam i is beam i again, and others come where beams have no children.
   *
   * @param candidates for each beam its likeliest tokens: as many as there are beams, and one more for each end token
   * @param logprobsOf what is told with a token of a beam
   */
  advance(
    candidates: readonly (readonly Candidate[])[],
    logprobsOf: (beam: number, token: number) => PackedLogprobs | undefined = () => undefined,
  ): readonly Continuation[] {
    const { beams: width } = this.#params
    const ranked = this.#rank(candidates)
    const isLast = ++this.#length === this.#longest
    const link = ({ parent, token }: Continuation): Link => ({
      before: this.#beams[parent]!.last,
      token,
      logprobs: logprobsOf(parent, token),
    })
    const ending = ranked.slice(0, width).filter(({ token }) => isLast || this.#endings.ends(token))
    this.#finished = [...this.#finished, ...ending.map((each) => this.#finish(each, link))]
      .sort((a, b) => b.score - a.score)
      .slice(0, width)
    const going = isLast ? [] : ranked.filter(({ token }) => !this.#endings.ends(token)).slice(0, width)
    if (going.length === 0 || this.#isDecided(going[0]!.sum)) return []
    const placed = inPlace(going)
    this.#beams = placed.map((each) => ({ last: link(each), sum: each.sum }))
    return placed
  }

  /** The best first. Where rules leave fewer different answers than are wanted, the rest are empty. */
  answers(): readonly FoundAnswer[] {
    const nothing: FoundAnswer = { tokens: [], logprobs: [], finish: 'stop' }
    return Array.from({ length: this.#params.answers }, (_, place) => {
      const found = this.#finished[place]
      return found === undefined ? nothing : toAnswer(found)
    })
  }

  #rank(candidates: readonly (readonly Candidate[])[]): readonly Ranked[] {
    return candidates
      .flatMap((ofBeam, parent) => ofBeam.map(([token, logprob]) => ({ parent, token, sum: this.#beams[parent]!.sum + logprob })))
      .sort((a, b) => b.sum - a.sum)
  }

  /** Also a token that ends an answer counts for its length, told or not. */
  #finish(ranked: Ranked, link: (continuation: Continuation) => Link): Finished {
    const { parent, token, sum } = ranked
    const ends = this.#endings.ends(token)
    const last = ends && !this.#endings.tells(token) ? this.#beams[parent]!.last : link(ranked)
    return { last, sum, score: this.#score(sum, this.#length), finish: ends ? 'stop' : 'length' }
  }

  /** Whether no beam can change the answers any more, or may. */
  #isDecided(highestSum: number): boolean {
    const { beams: width, lengthPenalty, earlyStopping } = this.#params
    if (this.#finished.length < width) return false
    if (earlyStopping === true) return true
    const length = earlyStopping === 'never' && lengthPenalty > 0 ? this.#longest : this.#length
    return this.#score(highestSum, length) <= this.#finished.at(-1)!.score
  }

  #score(sum: number, length: number): number {
    return sum / length ** this.#params.lengthPenalty
  }
}

/** Each parent's first child in its parent's place, as far as there are so many places; the others where room is left. */
function inPlace(ranked: readonly Ranked[]): readonly Ranked[] {
  const places = new Array<Ranked | undefined>(ranked.length).fill(undefined)
  const others = ranked.filter((each) => {
    const stays = each.parent < places.length && places[each.parent] === undefined
    if (stays) places[each.parent] = each
    return !stays
  })
  return places.map((stays) => stays ?? others.shift()!)
}

function toAnswer({ last, finish }: Finished): FoundAnswer {
  const links: Link[] = []
  for (let link = last; link !== undefined; link = link.before) links.push(link)
  links.reverse()
  const logprobs = links.flatMap((link) => (link.logprobs === undefined ? [] : [link.logprobs]))
  return { tokens: links.map(({ token }) => token), logprobs, finish }
}
