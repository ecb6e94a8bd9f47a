import type { CacheCapacity, CacheMemory } from './cache-manager.ts'
import type { Run } from './scheduler.ts'
import type { Sequence } from './sequence.ts'

/** The logits of the next token of each of a run's wanting sequences; overwritten by the next run. */
export type Logits = (sequence: Sequence) => Float32Array

/** Turns the scheduler's runs into runs of the ONNX session, and keeps the cache. */
export interface Runner {
  readonly vocabularySize: number
  readonly capacity: CacheCapacity
  readonly memory: CacheMemory
  /** Computes the run's tokens: their keys and values go to the cache, the logits come back. */
  run(run: Run): Promise<Logits>
  /** Frees the cache. When no run is on. */
  dispose(): void
}
