import { Memory, Tensor } from '../onnx/index.ts'
import { LOGITS_POSITIONS } from '../onnx-file/index.ts'
import type { Architecture, ModelInit } from './architecture.ts'
import type { Sequence } from './sequence.ts'

/** Input tensors by name. */
export type Feeds = Readonly<Record<string, Tensor>>

/** A buffer of 64-bit integers that inputs of changing shapes lie over. */
class Staging {
  readonly values: BigInt64Array
  readonly #memory: Memory

  constructor(length: number) {
    this.#memory = Memory.reserve(length * 8)
    this.values = this.#memory.view('int64', 0, length) as BigInt64Array
  }

  tensor(shape: readonly number[]): Tensor {
    return Tensor.over('int64', shape, this.#memory)
  }

  dispose(): void {
    this.#memory.dispose()
  }
}

/** The inputs that are not cache: token ids, attention mask and, where a model wants them, positions. */
export class Inputs {
  readonly #names: ModelInit['names']
  readonly #hasPositionIds: boolean
  readonly #asksForLogits: boolean
  readonly #ids: Staging
  readonly #positions: Staging
  readonly #mask: Staging
  /** The one position of each lane. */
  readonly #lastOfLanes: Staging
  /** The positions of a chunk whose logits are wanted. */
  readonly #wantedOfChunk: Staging

  /** @param lanes sequences, or tokens of them, beside each other at most */
  constructor(init: ModelInit, architecture: Architecture, lanes: number) {
    const tokens = Math.max(lanes, init.maxBatchedTokens)
    this.#names = init.names
    this.#hasPositionIds = architecture.hasPositionIds
    this.#ids = new Staging(tokens)
    this.#positions = new Staging(tokens)
    this.#mask = new Staging(lanes * init.maxLength)
    this.#asksForLogits = architecture.logitsOf === 'wanted'
    this.#lastOfLanes = new Staging(2 * lanes)
    this.#wantedOfChunk = new Staging(2 * tokens)
    for (let lane = 0; lane < lanes; lane++) this.#lastOfLanes.values[2 * lane] = BigInt(lane)
  }

  /** Tokens `from … to` of one sequence, behind those before them. */
  chunk(sequence: Sequence, from: number, to: number): Feeds {
    for (let index = from; index < to; index++) {
      this.#ids.values[index - from] = BigInt(sequence.tokens[index]!)
      this.#positions.values[index - from] = BigInt(index)
    }
    this.#mask.values.fill(1n, 0, to)
    const inputs = { ...this.#tokens(1, to - from), [this.#names.attentionMask]: this.#mask.tensor([1, to]) }
    return this.#asksForLogits ? { ...inputs, [LOGITS_POSITIONS]: this.#wanted(to - from, sequence) } : inputs
  }

  /**
   * Writes one token for each lane, and how many it has then. The mask alone is returned, as its shape changes with every step:
   * `lanes` has the others.
   */
  step(tokens: readonly number[], lengths: readonly number[]): Feeds {
    const lanes = lengths.length
    const width = Math.max(...lengths)
    this.#mask.values.fill(0n, 0, lanes * width)
    for (const [lane, length] of lengths.entries()) {
      this.#ids.values[lane] = BigInt(tokens[lane]!)
      this.#positions.values[lane] = BigInt(length - 1)
      this.#mask.values.fill(1n, lane * width, lane * width + length)
    }
    return { [this.#names.attentionMask]: this.#mask.tensor([lanes, width]) }
  }

  /** What does not change between steps over so many lanes, one token each. */
  lanes(count: number): Feeds {
    const inputs = this.#tokens(count, 1)
    return this.#asksForLogits ? { ...inputs, [LOGITS_POSITIONS]: this.#lastOfLanes.tensor([count, 2]) } : inputs
  }

  /** The last position of a chunk of so many tokens; all of them, if the sequence wants its prompt's logprobs. */
  #wanted(tokens: number, { promptLogprobs }: Sequence): Tensor {
    const first = promptLogprobs === undefined ? tokens - 1 : 0
    for (let token = first; token < tokens; token++) this.#wantedOfChunk.values[2 * (token - first) + 1] = BigInt(token)
    return this.#wantedOfChunk.tensor([tokens - first, 2])
  }

  /** Token ids and positions in this shape, over what was written last. */
  #tokens(rows: number, tokens: number): Feeds {
    const ids = { [this.#names.inputIds]: this.#ids.tensor([rows, tokens]) }
    return this.#hasPositionIds ? { ...ids, [this.#names.positionIds]: this.#positions.tensor([rows, tokens]) } : ids
  }

  dispose(): void {
    for (const staging of [this.#ids, this.#positions, this.#mask, this.#lastOfLanes, this.#wantedOfChunk]) staging.dispose()
  }
}

/** Frees the native values around some tensors. */
export function disposeTensors(...records: readonly Feeds[]): void {
  for (const record of records) for (const tensor of Object.values(record)) tensor.dispose()
}
