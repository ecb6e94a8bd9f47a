import { EngineError } from '../../engine/index.ts'
import { Tensor } from '../onnx/index.ts'
import type { CacheMemory } from './cache-manager.ts'
import { disposeTensors, type Feeds } from './inputs.ts'

/** Each row's keys and values as tensors of their own, that runs take and replace. Blocks cannot be copied from or to them. */
export class Pasts implements CacheMemory {
  readonly #rows = new Map<number, Feeds>()

  of(row: number): Feeds {
    return this.#rows.get(row) ?? {}
  }

  replace(row: number, past: Feeds): void {
    this.release(row)
    this.#rows.set(row, past)
  }

  move(from: number, to: number): void {
    this.replace(to, this.of(from))
    this.#rows.delete(from)
  }

  /** All of the row: tensors of one row cannot be written to. Nothing is, so both rows' tensors lie over the same values. */
  copy(from: number, to: number): void {
    const tensors = Object.entries(this.of(from)).map(([name, { type, shape, data }]) => [name, Tensor.over(type, shape, data)])
    this.replace(to, Object.fromEntries(tensors))
  }

  release(row: number): void {
    disposeTensors(this.of(row))
    this.#rows.delete(row)
  }

  dispose(): void {
    for (const row of [...this.#rows.keys()]) this.release(row)
  }

  keep(): void {
    throw noBlocks()
  }

  restore(): void {
    throw noBlocks()
  }

  discard(): void {
    throw noBlocks()
  }
}

function noBlocks(): EngineError {
  return new EngineError('internal', 'a cache without blocks was to keep some')
}
