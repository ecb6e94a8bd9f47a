import { EngineError } from '../../engine/index.ts'
import { Memory, OnnxSession, Tensor } from '../onnx/index.ts'
import { type Architecture, architectureOf, type ModelInit } from './architecture.ts'
import { Cache } from './cache.ts'
import { widen } from './half-floats.ts'
import type { DecodeRun, PrefillRun, Run } from './scheduler.ts'
import { Sequence } from './sequence.ts'

/** The logits of each of a run's wanting sequences' next token; overwritten by the next run. */
export type Logits = (sequence: Sequence) => Float32Array

/** What does not change between runs over the same rows. */
interface Lanes {
  readonly feeds: Readonly<Record<string, Tensor>>
  readonly fetches: Readonly<Record<string, Tensor>>
}

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

/** Turns the scheduler's runs into runs of the ONNX session. The only one that knows its inputs and outputs. */
export class Runner {
  readonly vocabularySize: number
  readonly #session: OnnxSession
  readonly #init: ModelInit
  readonly #architecture: Architecture
  readonly #cache: Cache
  readonly #ids: Staging
  readonly #positions: Staging
  readonly #mask: Staging
  readonly #logits: Memory
  /** 16-bit logits, widened. */
  readonly #wide: Float32Array
  /** By number of rows. */
  readonly #decodeLanes = new Map<number, Lanes>()

  /** @throws EngineError `bad_model` when the file cannot be loaded, or is no decoder that is served here */
  static async open(init: ModelInit): Promise<Runner> {
    const session = await OnnxSession.open(init.file).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new EngineError('bad_model', `${init.file} cannot be loaded: ${reason}`, { cause })
    })
    try {
      return new Runner(session, init)
    } catch (error) {
      await session.dispose()
      throw error
    }
  }

  private constructor(session: OnnxSession, init: ModelInit) {
    this.#session = session
    this.#init = init
    this.#architecture = architectureOf(session, init)
    this.vocabularySize = this.#architecture.vocabularySize
    this.#wide = new Float32Array(this.#architecture.logitsType === 'float16' ? this.vocabularySize : 0)
    this.#cache = new Cache(this.#architecture.layers, init.rows, init.maxLength)
    const tokens = Math.max(init.rows, init.maxBatchedTokens)
    this.#ids = new Staging(tokens)
    this.#positions = new Staging(tokens)
    this.#mask = new Staging(init.rows * init.maxLength)
    this.#logits = Memory.reserve((this.#architecture.lastLogitsOnly ? init.rows : tokens) * this.vocabularySize * 4)
  }

  /** Computes the run's tokens: their keys and values go to the cache, the logits come back. */
  run(run: Run): Promise<Logits> {
    return run.kind === 'prefill' ? this.#prefill(run) : this.#decode(run)
  }

  /** A row's sequence has left. */
  release(row: number, length: number): void {
    this.#cache.release(row, length)
  }

  /**
   * A small run of each sort, before requests come: it pays for what ONNX Runtime does at first runs, and shows whether the
   * file appends to its cache in place.
   *
   * @throws EngineError `bad_model`
   */
  async warmUp(): Promise<void> {
    const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0, choice: 0 }
    const command = { prompt: [0, 0], emitted: [0], sampling, maxLength: 3, endTokens: [] }
    const sequence = new Sequence(0, command)
    sequence.row = 0
    try {
      await this.#prefill({ kind: 'prefill', sequence, from: 0, to: 2, wanting: [] })
      sequence.computed = 2
      await this.#decode({ kind: 'decode', sequences: [sequence], lengths: [3], wanting: [] })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const what = 'cannot be run with a cache that is written in place (GroupQueryAttention over a shared past and present)'
      const remedy = "Export the model with 'python -m onnxruntime_genai.models.builder -e cpu'"
      throw new EngineError('bad_model', `${this.#init.file} ${what}: ${reason}. ${remedy}.`, { cause })
    }
  }

  async dispose(): Promise<void> {
    await this.#session.dispose()
    for (const { feeds, fetches } of this.#decodeLanes.values()) disposeAll([...Object.values(feeds), ...Object.values(fetches)])
    this.#cache.dispose()
    for (const buffer of [this.#ids, this.#positions, this.#mask, this.#logits]) buffer.dispose()
  }

  /** One sequence's tokens, on its row's slice of the cache: GroupQueryAttention takes several tokens with a past at batch 1 only. */
  async #prefill({ sequence, from, to }: PrefillRun): Promise<Logits> {
    const count = to - from
    for (let index = 0; index < count; index++) {
      this.#ids.values[index] = BigInt(sequence.tokens[from + index]!)
      this.#positions.values[index] = BigInt(from + index)
    }
    this.#mask.values.fill(1n, 0, to)
    const kept = this.#architecture.lastLogitsOnly ? 1 : count
    const inputs = { ...this.#tokenFeeds(1, count), [this.#init.names.attentionMask]: this.#mask.tensor([1, to]) }
    const logits = this.#logitsTensor(1, kept)
    const feeds = { ...inputs, ...this.#cache.past(sequence.row, 1) }
    const fetches = { ...this.#cache.present(sequence.row, 1), [this.#init.names.logits]: logits }
    try {
      await this.#session.run(feeds, fetches)
      return () => this.#logitsAt(kept - 1)
    } finally {
      disposeAll([...Object.values(inputs), logits])
    }
  }

  /** One token of each row. The mask's sums tell the rows' lengths: padding is on the right. */
  async #decode({ sequences, lengths }: DecodeRun): Promise<Logits> {
    const rows = lengths.length
    const width = Math.max(...lengths)
    this.#ids.values.fill(0n, 0, rows)
    for (const sequence of sequences) this.#ids.values[sequence.row] = BigInt(sequence.tokens[sequence.computed]!)
    this.#mask.values.fill(0n, 0, rows * width)
    for (const [row, length] of lengths.entries()) {
      this.#positions.values[row] = BigInt(length - 1)
      this.#mask.values.fill(1n, row * width, row * width + length)
    }
    const lanes = this.#lanes(rows)
    const mask = this.#mask.tensor([rows, width])
    try {
      await this.#session.run({ ...lanes.feeds, [this.#init.names.attentionMask]: mask }, lanes.fetches)
      return (sequence) => this.#logitsAt(sequence.row)
    } finally {
      mask.dispose()
    }
  }

  #lanes(rows: number): Lanes {
    const known = this.#decodeLanes.get(rows)
    if (known !== undefined) return known
    const lanes = {
      feeds: { ...this.#tokenFeeds(rows, 1), ...this.#cache.past(0, rows) },
      fetches: { ...this.#cache.present(0, rows), [this.#init.names.logits]: this.#logitsTensor(rows, 1) },
    }
    this.#decodeLanes.set(rows, lanes)
    return lanes
  }

  #tokenFeeds(rows: number, tokens: number): Record<string, Tensor> {
    const { names } = this.#init
    const ids = { [names.inputIds]: this.#ids.tensor([rows, tokens]) }
    return this.#architecture.hasPositionIds ? { ...ids, [names.positionIds]: this.#positions.tensor([rows, tokens]) } : ids
  }

  #logitsTensor(rows: number, tokens: number): Tensor {
    return Tensor.over(this.#architecture.logitsType, [rows, tokens, this.vocabularySize], this.#logits)
  }

  /** The logits of one of the run's positions, counted over all its rows. */
  #logitsAt(position: number): Float32Array {
    const type = this.#architecture.logitsType
    const bytes = position * this.vocabularySize * (type === 'float16' ? 2 : 4)
    const values = this.#logits.view(type, bytes, this.vocabularySize)
    return values instanceof Uint16Array ? widen(values, this.#wide) : (values as Float32Array)
  }
}

function disposeAll(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) tensor.dispose()
}
