import type { CacheCapacity, CacheMemory } from './cache-manager.ts'
import type { Run } from './scheduler.ts'
import type { Sequence } from './sequence.ts'

/**
 * The logits of the next token of each of a run's wanting sequences, overwritten by the next run. Behind a run of lanes also those
 * that follow any `position` of them, as behind a prefill run whose sequence has asked for its prompt's logprobs. Good until the
 * next call.
 */
export interface Logits {
  (sequence: Sequence, position?: number): Float32Array
  /** The highest of each stretch of these logits, if the model tells it; stretches are of equal length. */
  readonly maxima?: (sequence: Sequence, position?: number) => Float32Array
}

/** Turns the scheduler's runs into runs of the ONNX session, and keeps the cache. */
export interface Runner {
  readonly vocabularySize: number
  readonly capacity: CacheCapacity
  readonly memory: CacheMemory
  /** Whether the model gives the logits of all of a prompt's positions. */
  readonly givesAllLogits: boolean
  /** Tokens that it computes beside each other when some are the same sequence's; 0: none. */
  readonly lanes: number
  /** Whether a row's last tokens can be computed again, as others. */
  readonly rewinds: boolean
  /** Computes the run's tokens: their keys and values go to the cache, the logits come back. */
  run(run: Run): Promise<Logits>
  /** Frees the cache. When no run is on. */
  dispose(): void
}
