import { EngineError } from '../../engine/index.ts'
import { widen } from '../half-floats.ts'
import { type OnnxSession, Tensor } from '../onnx/index.ts'
import type { Architecture, ModelInit } from './architecture.ts'
import { bytesPerToken } from './cache.ts'
import type { CacheCapacity } from './cache-manager.ts'
import { cacheCapacity } from './capacity.ts'
import { disposeTensors, type Feeds, Inputs } from './inputs.ts'
import { Pasts } from './pasts.ts'
import type { Logits, Runner } from './runner.ts'
import type { Run } from './scheduler.ts'
import type { Sequence } from './sequence.ts'

/**
 * For exports with plain attention (optimum's): each run returns the cache as new tensors, one position longer or more. They
 * are the next run's past. Sequences of different lengths do not fit into one run, so each runs alone: right, but slower.
 */
export class ConcatenatingRunner implements Runner {
  readonly vocabularySize: number
  readonly capacity: CacheCapacity
  readonly memory = new Pasts()
  readonly givesAllLogits: boolean
  readonly lanes = 0
  readonly rewinds = false
  readonly #session: OnnxSession
  readonly #init: ModelInit
  readonly #architecture: Architecture
  readonly #inputs: Inputs
  readonly #outputs: readonly string[]

  constructor(session: OnnxSession, init: ModelInit, architecture: Architecture) {
    this.vocabularySize = architecture.vocabularySize
    this.capacity = cacheCapacity(bytesPerToken(architecture.layers), { ...init, prefixCacheBytes: 0 })
    this.givesAllLogits = architecture.logitsOf !== 'last'
    this.#session = session
    this.#init = init
    this.#architecture = architecture
    this.#inputs = new Inputs(init, architecture, 1)
    this.#outputs = [init.names.logits, ...architecture.layers.map(({ present }) => present)]
  }

  async run(run: Run): Promise<Logits> {
    const logits = new Map<Sequence, Float32Array>()
    if (run.kind === 'lanes') throw new EngineError('internal', 'a model that runs its sequences alone was given lanes')
    if (run.kind === 'prefill') logits.set(run.sequence, await this.#advance(run.sequence, run.from, run.to))
    else for (const each of run.sequences) logits.set(each, await this.#advance(each, each.computed, each.computed + 1))
    return (sequence, position) => {
      const values = logits.get(sequence) ?? new Float32Array(0)
      const fromEnd = run.kind === 'prefill' && position !== undefined ? run.to - position : 1
      return values.subarray(values.length - fromEnd * this.vocabularySize, values.length - (fromEnd - 1) * this.vocabularySize)
    }
  }

  dispose(): void {
    this.memory.dispose()
    this.#inputs.dispose()
  }

  /** The logits of the last of these tokens; of all of them, if the sequence wants its prompt's. */
  async #advance(sequence: Sequence, from: number, to: number): Promise<Float32Array> {
    if (from === 0) this.#begin(sequence.row)
    const inputs = this.#inputs.chunk(sequence, from, to)
    try {
      const outputs = await this.#session.runAllocating({ ...inputs, ...this.memory.of(sequence.row) }, this.#outputs)
      const { [this.#init.names.logits]: logits, ...presents } = outputs
      this.memory.replace(sequence.row, this.#asPast(presents))
      return this.#lastOf(logits!, sequence.promptLogprobs === undefined ? 1 : to - from)
    } finally {
      disposeTensors(inputs)
    }
  }

  /** No keys and values yet. */
  #begin(row: number): void {
    const nothing = this.#architecture.layers.map(({ past, type, heads, headSize }) => {
      const values = type === 'float16' ? new Uint16Array(0) : new Float32Array(0)
      return [past, Tensor.over(type, [1, heads, 0, headSize], values)] as const
    })
    this.memory.replace(row, Object.fromEntries(nothing))
  }

  #asPast(presents: Feeds): Feeds {
    return Object.fromEntries(this.#architecture.layers.map(({ past, present }) => [past, presents[present]!]))
  }

  #lastOf(logits: Tensor, positions: number): Float32Array {
    const last = logits.data.slice(-positions * this.vocabularySize)
    logits.dispose()
    return last instanceof Uint16Array ? widen(last, new Float32Array(last.length)) : (last as Float32Array)
  }
}
