import { BlockNames } from './blocks.ts'
import type { Sampling } from './sampler.ts'

/** All that a host process needs to produce, or to go on producing, one answer. */
export interface SequenceCommand {
  readonly prompt: readonly number[]
  /** Tokens of the answer that are out already: after a restart of the host, the answer goes on behind them. */
  readonly emitted: readonly number[]
  readonly sampling: Sampling
  /** Tokens of prompt and answer together, at most. */
  readonly maxLength: number
  /** Tokens that end the answer, and are no part of it. */
  readonly endTokens: readonly number[]
  /** Of lower ones first, however late they come; 0 if absent. */
  readonly priority?: number | undefined
  /** Answers share kept prefixes with those of the same salt only, or with those of none. */
  readonly cacheSalt?: string | undefined
}

/** One answer in the making: its tokens, and how many of them have their keys and values in the cache. */
export class Sequence {
  readonly id: number
  readonly promptLength: number
  readonly sampling: Sampling
  readonly maxLength: number
  readonly tokens: readonly number[]
  readonly priority: number
  readonly blockNames: BlockNames
  readonly #tokens: number[]
  readonly #endTokens: ReadonlySet<number>
  /** Tokens whose keys and values are in its row. A step lets it catch up with the tokens. */
  computed = 0
  /** Its row in the cache; -1 while it waits. */
  row = -1
  /** Tokens of the prompt that were not computed but found, when work on it first began; undefined before. */
  foundTokens: number | undefined
  /** Whether nothing more is wanted of it. */
  ended = false

  constructor(id: number, command: SequenceCommand) {
    this.id = id
    this.promptLength = command.prompt.length
    this.sampling = command.sampling
    this.maxLength = command.maxLength
    this.#tokens = [...command.prompt, ...command.emitted]
    this.tokens = this.#tokens
    this.priority = command.priority ?? 0
    this.blockNames = new BlockNames(this.#tokens, this.promptLength, command.cacheSalt)
    this.#endTokens = new Set(command.endTokens)
  }

  /**
   * Prompts are computed in chunks. An answer's tokens are computed one at a time, also when they are known already (after a
   * restart): arithmetic over one token and over many differs in the last bit, and the answer would not be the same.
   */
  get isPrefilling(): boolean {
    return this.computed < this.promptLength
  }

  /**
   * Whether as many tokens may be found computed, with the same answer as from the beginning: at least one token is left to
   * compute, and no single one of a longer prompt, for the same reason. Kernels take a prompt's tokens by 32 or 64 at a time, so
   * it is cut only between those.
   */
  canGoOnAt(length: number): boolean {
    if (length >= this.promptLength) return length < this.#tokens.length
    return length === 0 || (length % 64 === 0 && length < this.promptLength - 1)
  }

  /** Takes a new token and says why it is the last one, if it is. An end token is not kept. */
  append(token: number): 'stop' | 'length' | undefined {
    if (this.#endTokens.has(token)) return 'stop'
    this.#tokens.push(token)
    return this.#tokens.length >= this.maxLength ? 'length' : undefined
  }
}
