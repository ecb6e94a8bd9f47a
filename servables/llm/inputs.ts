import { Memory, Tensor } from '../onnx/index.ts'
import { LOGITS_POSITIONS } from '../onnx-file/index.ts'
import type { Architecture, ModelInit } from './architecture.ts'
import type { DecodeRun } from './scheduler.ts'
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
  /** The last position of each row. */
  readonly #lastOfRows: Staging
  /** The positions of a chunk whose logits are wanted. */
  readonly #wantedOfChunk: Staging

  constructor(init: ModelInit, architecture: Architecture) {
    const tokens = Math.max(init.rows, init.maxBatchedTokens)
    this.#names = init.names
    this.#hasPositionIds = architecture.hasPositionIds
    this.#ids = new Staging(tokens)
    this.#positions = new Staging(tokens)
    this.#mask = new Staging(init.rows * init.maxLength)
    this.#asksForLogits = architecture.logitsOf === 'wanted'
    this.#lastOfRows = new Staging(2 * init.rows)
    this.#wantedOfChunk = new Staging(2 * tokens)
    for (let row = 0; row < init.rows; row++) this.#lastOfRows.values[2 * row] = BigInt(row)
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

  /** Writes one token of each row. The mask alone is returned, as its shape changes with every step: `lanes` has the others. */
  step({ sequences, lengths }: DecodeRun): Feeds {
    const rows = lengths.length
    const width = Math.max(...lengths)
    this.#ids.values.fill(0n, 0, rows)
    for (const sequence of sequences) this.#ids.values[sequence.row] = BigInt(sequence.tokens[sequence.computed]!)
    this.#mask.values.fill(0n, 0, rows * width)
    for (const [row, length] of lengths.entries()) {
      this.#positions.values[row] = BigInt(length - 1)
      this.#mask.values.fill(1n, row * width, row * width + length)
    }
    return { [this.#names.attentionMask]: this.#mask.tensor([rows, width]) }
  }

  /** What does not change between steps over so many rows, one token each. */
  lanes(rows: number): Feeds {
    const inputs = this.#tokens(rows, 1)
    return this.#asksForLogits ? { ...inputs, [LOGITS_POSITIONS]: this.#lastOfRows.tensor([rows, 2]) } : inputs
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
    for (const staging of [this.#ids, this.#positions, this.#mask, this.#lastOfRows, this.#wantedOfChunk]) staging.dispose()
  }
}

/** Frees the native values around some tensors. */
export function disposeTensors(...records: readonly Feeds[]): void {
  for (const record of records) for (const tensor of Object.values(record)) tensor.dispose()
}
