import { EngineError } from '../../engine/index.ts'
import { Memory, Tensor, type TensorType } from '../onnx/index.ts'
import { blockSize } from './blocks.ts'
import type { CacheMemory } from './cache-manager.ts'

/** The keys or the values of one layer: what its input and output are called, and what a token takes. */
export interface CacheLayer {
  readonly past: string
  readonly present: string
  readonly type: TensorType
  readonly heads: number
  readonly headSize: number
}

const bytesOf: Partial<Record<TensorType, number>> = { float32: 4, float16: 2 }

interface Shelf extends CacheLayer {
  readonly memory: Memory
  /** What a token takes of each head. */
  readonly tokenBytes: number
  readonly rowBytes: number
  /** Where this layer's part of a kept block begins in its slot. */
  readonly slotOffset: number
}

/** What a token takes in all layers. */
export const bytesPerToken = (layers: readonly CacheLayer[]): number =>
  layers.reduce((sum, { heads, headSize, type }) => sum + heads * headSize * (bytesOf[type] ?? 4), 0)

/**
 * Keys and values of all sequences: for each layer a buffer [rows, heads, capacity, head size] that is past and present at once,
 * so that GroupQueryAttention appends in place. Beside them slots for kept blocks. Address space only, until tokens are written:
 * the operating system is the pager.
 */
export class Cache implements CacheMemory {
  readonly #capacity: number
  readonly #shelves: readonly Shelf[]
  readonly #slots: Memory | undefined
  readonly #slotBytes: number
  readonly #views = new Map<string, ReadonlyMap<Shelf, Tensor>>()

  constructor(layers: readonly CacheLayer[], rows: number, capacity: number, slots: number) {
    this.#capacity = capacity
    this.#slotBytes = bytesPerToken(layers) * blockSize
    this.#slots = slots > 0 ? Memory.reserve(slots * this.#slotBytes) : undefined
    this.#shelves = layers.map((layer, index) => {
      const tokenBytes = layer.headSize * (bytesOf[layer.type] ?? 4)
      const rowBytes = layer.heads * capacity * tokenBytes
      const slotOffset = bytesPerToken(layers.slice(0, index)) * blockSize
      return { ...layer, tokenBytes, rowBytes, slotOffset, memory: Memory.reserve(rows * rowBytes) }
    })
  }

  /** Rows `first` … `first + count` − 1 as inputs, by name. */
  past(first: number, count: number): Record<string, Tensor> {
    return Object.fromEntries([...this.#tensors(first, count)].map(([shelf, tensor]) => [shelf.past, tensor]))
  }

  /** The same rows as outputs. */
  present(first: number, count: number): Record<string, Tensor> {
    return Object.fromEntries([...this.#tensors(first, count)].map(([shelf, tensor]) => [shelf.present, tensor]))
  }

  keep(row: number, block: number, slot: number): void {
    this.#eachHead(row, slot, block, (memory, inRow, slots, inSlot, bytes) => slots.copy(memory, inRow, inSlot, bytes))
  }

  restore(slot: number, row: number, block: number): void {
    this.#eachHead(row, slot, block, (memory, inRow, slots, inSlot, bytes) => memory.copy(slots, inSlot, inRow, bytes))
  }

  discard(slot: number): void {
    this.#slots?.discard(slot * this.#slotBytes, this.#slotBytes)
  }

  move(from: number, to: number, length: number): void {
    this.copy(from, to, 0, length)
  }

  copy(from: number, to: number, first: number, end: number): void {
    for (const { memory, rowBytes, heads, tokenBytes } of this.#shelves) {
      for (let head = 0; head < heads; head++) {
        const offset = (head * this.#capacity + first) * tokenBytes
        memory.copy(memory, from * rowBytes + offset, to * rowBytes + offset, (end - first) * tokenBytes)
      }
    }
  }

  release(row: number): void {
    for (const { memory, rowBytes } of this.#shelves) memory.discard(row * rowBytes, rowBytes)
  }

  dispose(): void {
    for (const tensors of this.#views.values()) for (const tensor of tensors.values()) tensor.dispose()
    for (const { memory } of this.#shelves) memory.dispose()
    this.#slots?.dispose()
  }

  /** A slot has, layer after layer and head after head, what the rows have far apart: a block of tokens. */
  #eachHead(
    row: number,
    slot: number,
    block: number,
    copy: (memory: Memory, inRow: number, slots: Memory, inSlot: number, bytes: number) => void,
  ): void {
    const slots = this.#slots
    if (slots === undefined) throw new EngineError('internal', 'blocks are kept, but no memory was reserved for them')
    for (const { memory, rowBytes, heads, tokenBytes, slotOffset } of this.#shelves) {
      const bytes = blockSize * tokenBytes
      for (let head = 0; head < heads; head++) {
        const inRow = row * rowBytes + (head * this.#capacity + block * blockSize) * tokenBytes
        copy(memory, inRow, slots, slot * this.#slotBytes + slotOffset + head * bytes, bytes)
      }
    }
  }

  #tensors(first: number, count: number): ReadonlyMap<Shelf, Tensor> {
    const name = `${first}+${count}`
    const known = this.#views.get(name)
    if (known !== undefined) return known
    const view = (shelf: Shelf) =>
      Tensor.over(shelf.type, [count, shelf.heads, this.#capacity, shelf.headSize], shelf.memory, first * shelf.rowBytes)
    const tensors = new Map(this.#shelves.map((shelf) => [shelf, view(shelf)]))
    this.#views.set(name, tensors)
    return tensors
  }
}
