import type { GrammarSpec } from '../grammar/index.ts'
import type { Adjustments } from './adjustments.ts'
import { type BeamParams, BeamSearch } from './beam-search.ts'
import { BlockNames, blocksFor } from './blocks.ts'
import { CHUNK_STRIDE } from './chunks.ts'
import type { FinishReason, GuessLimits, Repetition } from './llm.ts'
import type { PackedLogprobs } from './logprobs.ts'
import { repeats } from './repetition.ts'
import type { Sampling } from './sampler.ts'

/** All that a host process needs to produce, or to go on producing, one answer. */
export interface SequenceCommand {
  readonly prompt: readonly number[]
  /** Tokens of the answer that are out already: after a restart of the host, the answer goes on behind them. */
  readonly emitted: readonly number[]
  readonly sampling: Sampling
  /** Absent: the logits stay as the model gives them. */
  readonly adjustments?: Adjustments | undefined
  /** How many of the likeliest tokens are told beside each token; undefined: no logprobs. */
  readonly logprobs?: number | undefined
  /** Tokens that are told in place of the likeliest. */
  readonly logprobTokens?: readonly number[] | undefined
  /** What ends the answer as one that repeats itself. */
  readonly repetition?: Repetition | undefined
  /** How many of the likeliest are told beside each of the prompt's. They go out with the first token, so an answer that goes on has told them. */
  readonly promptLogprobs?: number | undefined
  /** Tokens of prompt and answer together, at most. */
  readonly maxLength: number
  /** Tokens that end the answer, and are no part of it. */
  readonly endTokens: readonly number[]
  /** Of lower ones first, however late they come; 0 if absent. */
  readonly priority?: number | undefined
  /** Answers share kept prefixes with those of the same salt only, or with those of none. */
  readonly cacheSalt?: string | undefined
  /** Tokens that end the answer as the last of it. */
  readonly lastTokens?: readonly number[] | undefined
  /** What the answer has to look like. */
  readonly grammar?: GrammarSpec | undefined
  /** The field of the request that says so. */
  readonly grammarField?: string | undefined
  /** How far ahead to guess, where guesses are made; it does not change the answer. */
  readonly guessing?: GuessLimits | undefined
  /** The answers are found by a beam search. Nothing of them is out before all are found, so `emitted` is empty. */
  readonly beamSearch?: BeamParams | undefined
}

/** Stands for a token where a request's own rules leave none. */
export const noToken = -1

/**
 * One answer in the making: its tokens, and how many of them have their keys and values in the cache. Or a beam search: then it is
 * one of the beams, and stands for all of them where a turn is waited for.
 */
export class Sequence {
  readonly id: number
  readonly promptLength: number
  readonly sampling: Sampling
  readonly maxLength: number
  readonly tokens: readonly number[]
  readonly priority: number
  readonly blockNames: BlockNames
  readonly adjustments: Adjustments | undefined
  readonly logprobs: number | undefined
  readonly logprobTokens: readonly number[] | undefined
  /** Of the prompt's tokens but the first, as far as they are computed and not told. */
  readonly promptTable: PackedLogprobs[] = []
  /** Tokens that end the answer, as part of it or not. */
  readonly endTokens: ReadonlySet<number>
  readonly guessing: GuessLimits
  /** What finds the answers, if several beams do. */
  search: BeamSearch | undefined
  /** What has a row each: the sequence itself, and the other beams of its search. */
  beams: readonly Sequence[] = [this]
  readonly #command: SequenceCommand
  readonly #tokens: number[]
  readonly #lastTokens: ReadonlySet<number>
  #guesses: readonly number[] = []
  #promptLogprobs: number | undefined
  /** Tokens whose keys and values are in its row. A step lets it catch up with the tokens. */
  computed = 0
  /** Its row in the cache; -1 while it waits. */
  row = -1
  /** Tokens of the prompt that were not computed but found, when work on it first began; undefined before. */
  foundTokens: number | undefined
  /** Whether the token behind all that is computed is still to be picked: there is nothing to compute until then. */
  sitsOut = false
  /** The most tokens that it has had before it had to begin anew. */
  #reached = 0
  readonly #first: Sequence
  #ended = false

  /** @param first the sequence whose beam it is, if not its own */
  constructor(id: number, command: SequenceCommand, first?: Sequence) {
    this.id = id
    this.#command = command
    this.#first = first ?? this
    this.promptLength = command.prompt.length
    this.sampling = command.sampling
    this.maxLength = command.maxLength
    this.#tokens = [...command.prompt, ...command.emitted]
    this.tokens = this.#tokens
    this.priority = command.priority ?? 0
    this.blockNames = new BlockNames(this.#tokens, this.promptLength, command.cacheSalt)
    this.adjustments = command.adjustments
    this.logprobs = command.logprobs
    this.logprobTokens = command.logprobTokens
    this.guessing = command.guessing ?? {}
    this.#promptLogprobs = command.emitted.length === 0 ? command.promptLogprobs : undefined
    this.#lastTokens = new Set(command.lastTokens)
    this.endTokens = new Set([...command.endTokens, ...this.#lastTokens])
    this.search = first === undefined ? this.#newSearch() : undefined
  }

  /** Whether nothing more is wanted of it, nor of any other beam of its search. */
  get ended(): boolean {
    return this.#first.#ended
  }

  set ended(ended: boolean) {
    this.#first.#ended = ended
  }

  /** Whether it stands for the beams of its search, or has none. */
  get isFirst(): boolean {
    return this.#first === this
  }

  /** Rows that it takes at most. */
  get width(): number {
    return this.#command.beamSearch?.beams ?? 1
  }

  /**
   * Blocks that its rows take once all tokens are computed; of a search that has begun anew as many as it had before, so that it
   * gets further this time.
   */
  get blocks(): number {
    return this.width * blocksFor(Math.max(this.#tokens.length, this.#reached))
  }

  /** How many of the likeliest tokens are to be told beside each of the prompt's; undefined: none, or they are told already. */
  get promptLogprobs(): number | undefined {
    return this.#promptLogprobs
  }

  /** The prompt's logprobs, once. */
  takePromptTable(): readonly PackedLogprobs[] | undefined {
    if (this.#promptLogprobs === undefined) return undefined
    this.#promptLogprobs = undefined
    return this.promptTable.splice(0)
  }

  /**
   * Prompts are computed in chunks. An answer's tokens are computed one at a time, also when they are known already (after a
   * restart): arithmetic over one token and over many differs in the last bit, and the answer would not be the same.
   */
  get isPrefilling(): boolean {
    return this.computed < this.promptLength
  }

  /** Whether one token alone is left to compute, the answer's last. Beam searches find their answers in another way. */
  get isAnswering(): boolean {
    return this.search === undefined && !this.isPrefilling && this.computed === this.#tokens.length - 1
  }

  /** What may follow its tokens. The computing of guesses is kept as far as they turn out to be right. */
  get guesses(): readonly number[] {
    return this.#guesses
  }

  guess(tokens: readonly number[]): void {
    this.#guesses = tokens.slice(0, this.roomForGuesses)
  }

  /** How many it has room for: behind the last of them comes one token more. */
  get roomForGuesses(): number {
    return Math.max(0, this.maxLength - this.#tokens.length - 1)
  }

  /**
   * Whether as many tokens may be found computed, with the same answer as from the beginning: at least one token is left to
   * compute, and no single one of a longer prompt, for the same reason; prompts are cut where chunks may end. One whose logprobs
   * are to be told is computed whole.
   */
  canGoOnAt(length: number): boolean {
    if (length === 0 || this.#promptLogprobs !== undefined) return length === 0
    if (length >= this.promptLength) return length < this.#tokens.length
    return length % CHUNK_STRIDE === 0 && length < this.promptLength - 1
  }

  /**
   * Takes a new token and says why it is the last one, if it is. An end token is not kept, nor one for which there is no room,
   * nor `noToken`.
   */
  append(token: number): FinishReason | undefined {
    if (this.#tokens.length >= this.maxLength) return 'length'
    const ends = this.#ends(token)
    if (ends && !this.#lastTokens.has(token)) return 'stop'
    this.#tokens.push(token)
    this.#guesses = this.#guesses[0] === token ? this.#guesses.slice(1) : []
    if (ends) return 'stop'
    if (this.#repeats()) return 'repetition'
    return this.#tokens.length >= this.maxLength ? 'length' : undefined
  }

  /** Another beam of its search, with nothing computed. */
  newBeam(): Sequence {
    return new Sequence(this.id, this.#command, this)
  }

  /** Takes over the tokens of another beam. What is computed of tokens that both have stays. */
  follow({ tokens }: Sequence): void {
    let same = this.promptLength
    while (same < this.computed && this.#tokens[same] === tokens[same]) same++
    this.#tokens.splice(same, this.#tokens.length, ...tokens.slice(same))
    this.computed = Math.min(this.computed, same)
  }

  /** A search forgets what it has found: from the prompt on, it will find the same. */
  beginAnew(): void {
    this.#reached = Math.max(this.#reached, this.#tokens.length)
    this.#tokens.splice(this.promptLength)
    this.beams = [this]
    this.search = this.#newSearch()
  }

  #newSearch(): BeamSearch | undefined {
    const { beamSearch } = this.#command
    const endings = { ends: (token: number) => this.#ends(token), tells: (token: number) => this.#lastTokens.has(token) }
    return beamSearch && new BeamSearch(beamSearch, this.maxLength - this.promptLength, endings)
  }

  /** As long as it may not end, it is not looked at. */
  #repeats(): boolean {
    const { repetition, adjustments } = this.#command
    if (repetition === undefined || this.#tokens.length - this.promptLength < (adjustments?.minTokens ?? 0)) return false
    return repeats(this.#tokens, this.promptLength, repetition)
  }

  #ends(token: number): boolean {
    return token === noToken || this.endTokens.has(token)
  }
}
