import { Memory, type OnnxSession, Tensor } from '../onnx/index.ts'
import type { Architecture, ModelInit } from './architecture.ts'
import { bytesPerToken, Cache } from './cache.ts'
import type { CacheCapacity } from './cache-manager.ts'
import { cacheCapacity } from './capacity.ts'
import { widen } from './half-floats.ts'
import { disposeTensors, type Feeds, Inputs } from './inputs.ts'
import type { Logits, Runner } from './runner.ts'
import type { DecodeRun, PrefillRun, Run } from './scheduler.ts'

/** What does not change between decode runs over the same rows. */
interface Lanes {
  readonly feeds: Feeds
  readonly fetches: Feeds
}

/**
 * For exports with GroupQueryAttention: past and present are the same buffers, so that a run appends to the cache in place, and
 * rows of different lengths decode in one run.
 */
export class InPlaceRunner implements Runner {
  readonly vocabularySize: number
  readonly capacity: CacheCapacity
  readonly memory: Cache
  readonly givesAllLogits: boolean
  readonly #session: OnnxSession
  readonly #architecture: Architecture
  readonly #logitsName: string
  readonly #inputs: Inputs
  readonly #logits: Memory
  /** 16-bit logits, widened. */
  readonly #wide: Float32Array
  /** By number of rows. */
  readonly #lanes = new Map<number, Lanes>()

  constructor(session: OnnxSession, init: ModelInit, architecture: Architecture) {
    const positions = architecture.logitsOf === 'last' ? init.rows : Math.max(init.rows, init.maxBatchedTokens)
    this.vocabularySize = architecture.vocabularySize
    this.givesAllLogits = architecture.logitsOf !== 'last'
    this.#session = session
    this.#architecture = architecture
    this.#logitsName = init.names.logits
    this.capacity = cacheCapacity(bytesPerToken(architecture.layers), init)
    this.memory = new Cache(architecture.layers, init.rows, init.rowLength, this.capacity.keptBlocks)
    this.#inputs = new Inputs(init, architecture)
    this.#logits = Memory.reserve(positions * this.vocabularySize * 4)
    this.#wide = new Float32Array(architecture.logitsType === 'float16' ? this.vocabularySize : 0)
  }

  run(run: Run): Promise<Logits> {
    return run.kind === 'prefill' ? this.#prefill(run) : this.#decode(run)
  }

  dispose(): void {
    for (const { feeds, fetches } of this.#lanes.values()) disposeTensors(feeds, fetches)
    this.memory.dispose()
    this.#inputs.dispose()
    this.#logits.dispose()
  }

  /** One sequence's tokens, on its row's slice of the cache: GroupQueryAttention takes several tokens with a past at batch 1 only. */
  async #prefill({ sequence, from, to }: PrefillRun): Promise<Logits> {
    const { logitsOf } = this.#architecture
    const positions = logitsOf === 'all' || (logitsOf === 'wanted' && sequence.promptLogprobs !== undefined) ? to - from : 1
    const inputs = this.#inputs.chunk(sequence, from, to)
    const logits = { [this.#logitsName]: this.#logitsTensor(1, positions) }
    try {
      await this.#session.run(
        { ...inputs, ...this.memory.past(sequence.row, 1) },
        { ...logits, ...this.memory.present(sequence.row, 1) },
      )
      return (_, position = to - 1) => this.#logitsAt(positions - (to - position))
    } finally {
      disposeTensors(inputs, logits)
    }
  }

  /** One token of each row. The mask's sums tell the rows' lengths: padding is on the right. */
  async #decode(run: DecodeRun): Promise<Logits> {
    const mask = this.#inputs.step(run)
    const { feeds, fetches } = this.#lanesOf(run.lengths.length)
    try {
      await this.#session.run({ ...feeds, ...mask }, fetches)
      return (sequence) => this.#logitsAt(sequence.row)
    } finally {
      disposeTensors(mask)
    }
  }

  #lanesOf(rows: number): Lanes {
    const known = this.#lanes.get(rows)
    if (known !== undefined) return known
    const lanes = {
      feeds: { ...this.#inputs.lanes(rows), ...this.memory.past(0, rows) },
      fetches: { ...this.memory.present(0, rows), [this.#logitsName]: this.#logitsTensor(rows, 1) },
    }
    this.#lanes.set(rows, lanes)
    return lanes
  }

  #logitsTensor(rows: number, tokens: number): Tensor {
    const { logitsOf, logitsType } = this.#architecture
    const positions = logitsOf === 'wanted' ? [rows * tokens] : [rows, tokens]
    return Tensor.over(logitsType, [...positions, this.vocabularySize], this.#logits)
  }

  /** The logits of one of the run's positions, counted over all its rows. */
  #logitsAt(position: number): Float32Array {
    const type = this.#architecture.logitsType
    const bytes = position * this.vocabularySize * (type === 'float16' ? 2 : 4)
    const values = this.#logits.view(type, bytes, this.vocabularySize)
    return values instanceof Uint16Array ? widen(values, this.#wide) : (values as Float32Array)
  }
}
