import { widen } from '../half-floats.ts'
import { Memory, type OnnxSession, Tensor } from '../onnx/index.ts'
import { LOGITS_MAXIMA } from '../onnx-file/index.ts'
import type { Architecture, ModelInit } from './architecture.ts'
import { bytesPerToken, Cache } from './cache.ts'
import type { CacheCapacity } from './cache-manager.ts'
import { cacheCapacity } from './capacity.ts'
import { disposeTensors, type Feeds, Inputs } from './inputs.ts'
import type { LanesRun } from './lanes.ts'
import type { Logits, Runner } from './runner.ts'
import type { DecodeRun, PrefillRun, Run } from './scheduler.ts'
import type { Sequence } from './sequence.ts'

/** What does not change between runs over as many lanes, one token each. */
interface Step {
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
  readonly lanes: number
  readonly rewinds = true
  readonly #session: OnnxSession
  readonly #architecture: Architecture
  readonly #logitsName: string
  readonly #inputs: Inputs
  readonly #logits: Memory
  /**
   * The logits of the first positions: those of a step. Made once, as V8 counts each view as so much memory, and would soon collect
   * garbage in every third step.
   */
  readonly #views: readonly ReturnType<Memory['view']>[]
  /** The maxima of a step's logits, where the model tells them. */
  readonly #maxima: Memory | undefined
  readonly #maximaViews: readonly Float32Array[]
  /** 16-bit logits, widened. */
  readonly #wide: Float32Array
  /** By number of rows from the first on, and by number of lanes that show rows. */
  readonly #steps = new Map<string, Step>()

  /** @param lanes tokens beside each other of which some may be the same sequence's; 0: none */
  constructor(session: OnnxSession, init: ModelInit, architecture: Architecture, lanes: number) {
    const most = Math.max(init.rows, lanes)
    const positions = architecture.logitsOf === 'last' ? most : Math.max(most, init.maxBatchedTokens)
    this.lanes = lanes
    this.vocabularySize = architecture.vocabularySize
    this.givesAllLogits = architecture.logitsOf !== 'last'
    this.#session = session
    this.#architecture = architecture
    this.#logitsName = init.names.logits
    this.capacity = cacheCapacity(bytesPerToken(architecture.layers), init)
    this.memory = new Cache(architecture.layers, init.rows, init.rowLength, this.capacity.keptBlocks, lanes)
    this.#inputs = new Inputs(init, architecture, most)
    this.#logits = Memory.reserve(positions * this.vocabularySize * 4)
    this.#views = Array.from({ length: most }, (_, position) => this.#view(position))
    this.#maxima = architecture.maxima === 0 ? undefined : Memory.reserve(most * architecture.maxima * 4)
    this.#maximaViews = Array.from({ length: most }, (_, lane) => this.#maximaAt(lane)).filter((view) => view !== undefined)
    this.#wide = new Float32Array(architecture.logitsType === 'float16' ? this.vocabularySize : 0)
  }

  run(run: Run): Promise<Logits> {
    if (run.kind === 'prefill') return this.#prefill(run)
    return run.kind === 'decode' ? this.#decode(run) : this.#severalTokens(run)
  }

  dispose(): void {
    for (const { feeds, fetches } of this.#steps.values()) disposeTensors(feeds, fetches)
    this.memory.dispose()
    this.#inputs.dispose()
    this.#logits.dispose()
    this.#maxima?.dispose()
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

  /** One token of each row. */
  async #decode({ sequences, lengths }: DecodeRun): Promise<Logits> {
    const tokens = new Array<number>(lengths.length).fill(0)
    for (const { row, tokens: own, computed } of sequences) tokens[row] = own[computed]!
    const rows = lengths.length
    const step = this.#step(`${rows} rows`, rows, () => ({
      past: this.memory.past(0, rows),
      present: this.memory.present(0, rows),
    }))
    await this.#runStep(step, tokens, lengths)
    return this.#logitsOfStep((sequence) => sequence.row)
  }

  /**
   * One token of each lane. GroupQueryAttention writes the keys and values of all lanes before it reads any, which its kernel for
   * float32 does, and others don't.
   */
  async #severalTokens({ lanes }: LanesRun): Promise<Logits> {
    const shown = this.memory.lanes(lanes.map(({ sequence }) => sequence.row))
    const step = this.#step(`${lanes.length} lanes`, lanes.length, () => shown)
    await this.#runStep(
      step,
      lanes.map(({ token }) => token),
      lanes.map(({ position }) => position + 1),
    )
    return this.#logitsOfStep((sequence, position = sequence.tokens.length - 1) =>
      lanes.findIndex((lane) => lane.sequence === sequence && lane.position === position),
    )
  }

  #logitsOfStep(laneOf: (sequence: Sequence, position?: number) => number): Logits {
    const logits: Logits = (sequence, position) => this.#logitsAt(laneOf(sequence, position))
    if (this.#maxima === undefined) return logits
    return Object.assign(logits, {
      maxima: (sequence: Sequence, position?: number) => this.#maximaViews[laneOf(sequence, position)]!,
    })
  }

  /** The mask's sums tell the lanes' lengths: padding is on the right. */
  async #runStep({ feeds, fetches }: Step, tokens: readonly number[], lengths: readonly number[]): Promise<void> {
    const mask = this.#inputs.step(tokens, lengths)
    try {
      await this.#session.run({ ...feeds, ...mask }, fetches)
    } finally {
      disposeTensors(mask)
    }
  }

  #step(name: string, lanes: number, cache: () => { readonly past: Feeds; readonly present: Feeds }): Step {
    const known = this.#steps.get(name)
    if (known !== undefined) return known
    const { past, present } = cache()
    const step = {
      feeds: { ...this.#inputs.lanes(lanes), ...past },
      fetches: { ...present, [this.#logitsName]: this.#logitsTensor(lanes, 1), ...this.#maximaTensor(lanes) },
    }
    this.#steps.set(name, step)
    return step
  }

  #logitsTensor(rows: number, tokens: number): Tensor {
    const { logitsOf, logitsType } = this.#architecture
    const positions = logitsOf === 'wanted' ? [rows * tokens] : [rows, tokens]
    return Tensor.over(logitsType, [...positions, this.vocabularySize], this.#logits)
  }

  #maximaTensor(lanes: number): Feeds {
    if (this.#maxima === undefined) return {}
    return { [LOGITS_MAXIMA]: Tensor.over('float32', [lanes, this.#architecture.maxima], this.#maxima) }
  }

  #maximaAt(lane: number): Float32Array | undefined {
    const { maxima } = this.#architecture
    return this.#maxima?.view('float32', lane * maxima * 4, maxima)
  }

  /** The logits of one of the run's positions, counted over all its rows. */
  #logitsAt(position: number): Float32Array {
    const values = this.#views[position] ?? this.#view(position)
    return values instanceof Uint16Array ? widen(values, this.#wide) : (values as Float32Array)
  }

  #view(position: number) {
    const type = this.#architecture.logitsType
    return this.#logits.view(type, position * this.vocabularySize * (type === 'float16' ? 2 : 4), this.vocabularySize)
  }
}
