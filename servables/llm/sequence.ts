import type { GrammarSpec } from '../grammar/index.ts'
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
  /** What the answer has to look like. */
  readonly grammar?: GrammarSpec | undefined
}

/** One answer in the making: its tokens, and how many of them have their keys and values in the cache. */
export class Sequence {
  readonly id: number
  readonly promptLength: number
  readonly sampling: Sampling
  readonly maxLength: number
  readonly tokens: readonly number[]
  readonly #tokens: number[]
  readonly #endTokens: ReadonlySet<number>
  /** Tokens whose keys and values are in its row. A step lets it catch up with the tokens. */
  computed = 0
  /** Its row in the cache; -1 while it waits. */
  row = -1
  /** Whether nothing more is wanted of it. */
  ended = false

  constructor(id: number, command: SequenceCommand) {
    this.id = id
    this.promptLength = command.prompt.length
    this.sampling = command.sampling
    this.maxLength = command.maxLength
    this.#tokens = [...command.prompt, ...command.emitted]
    this.tokens = this.#tokens
    this.#endTokens = new Set(command.endTokens)
  }

  /**
   * Prompts are computed in chunks. An answer's tokens are computed one at a time, also when they are known already (after a
   * restart): arithmetic over one token and over many differs in the last bit, and the answer would not be the same.
   */
  get isPrefilling(): boolean {
    return this.computed < this.promptLength
  }

  /** Takes a new token and says why it is the last one, if it is. An end token is not kept. */
  append(token: number): 'stop' | 'length' | undefined {
    if (this.#endTokens.has(token)) return 'stop'
    this.#tokens.push(token)
    return this.#tokens.length >= this.maxLength ? 'length' : undefined
  }
}
