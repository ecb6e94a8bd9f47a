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

/** Pages are shown whole: with so many tokens to a row, or a multiple, a row begins and ends with one, as heads have 8 floats or more. */
const tokensInPages = 128

interface Shelf extends CacheLayer {
  readonly memory: Memory
  /** Where the lanes show rows, one after the other. */
  readonly window: Memory | undefined
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
  /** The row that each lane shows. */
  readonly #shown: number[] = []

  /** @param lanes how many rows one run may have beside each other, the same row several times; 0: none but `past` and `present` */
  constructor(layers: readonly CacheLayer[], rows: number, capacity: number, slots: number, lanes = 0) {
    this.#capacity = lanes === 0 ? capacity : Math.ceil(capacity / tokensInPages) * tokensInPages
    this.#slotBytes = bytesPerToken(layers) * blockSize
    this.#slots = slots > 0 ? Memory.reserve(slots * this.#slotBytes) : undefined
    this.#shelves = layers.map((layer, index) => {
      const tokenBytes = layer.headSize * (bytesOf[layer.type] ?? 4)
      const rowBytes = layer.heads * this.#capacity * tokenBytes
      const slotOffset = bytesPerToken(layers.slice(0, index)) * blockSize
      const memory = lanes === 0 ? Memory.reserve(rows * rowBytes) : Memory.reserveShared(rows * rowBytes)
      const window = lanes === 0 ? undefined : Memory.reserve(lanes * rowBytes)
      return { ...layer, tokenBytes, rowBytes, slotOffset, memory, window }
    })
  }

  /** Rows `first` … `first + count` − 1 as inputs, by name. */
  past(first: number, count: number): Record<string, Tensor> {
    return asPast(this.#tensors(first, count))
  }

  /** The same rows as outputs. */
  present(first: number, count: number): Record<string, Tensor> {
    return asPresent(this.#tensors(first, count))
  }

  /**
   * Rows beside each other, as inputs and outputs by name, a row as often as it is named: the operating system shows its pages at
   * several addresses. What a lane has shown before it need not be shown again.
   */
  lanes(rows: readonly number[]): { readonly past: Record<string, Tensor>; readonly present: Record<string, Tensor> } {
    for (const [lane, row] of rows.entries()) {
      if (this.#shown[lane] === row) continue
      for (const { window, memory, rowBytes } of this.#shelves) window?.show(memory, row * rowBytes, lane * rowBytes, rowBytes)
      this.#shown[lane] = row
    }
    const tensors = this.#tensors(0, rows.length, 'window')
    return { past: asPast(tensors), present: asPresent(tensors) }
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
    for (const { memory, window } of this.#shelves) {
      window?.dispose()
      memory.dispose()
    }
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

  #tensors(first: number, count: number, place: 'memory' | 'window' = 'memory'): ReadonlyMap<Shelf, Tensor> {
    const name = `${place} ${first}+${count}`
    const known = this.#views.get(name)
    if (known !== undefined) return known
    const view = (shelf: Shelf) => {
      const memory = shelf[place]
      if (memory === undefined) throw new EngineError('internal', 'lanes are used, but no addresses were reserved for them')
      return Tensor.over(shelf.type, [count, shelf.heads, this.#capacity, shelf.headSize], memory, first * shelf.rowBytes)
    }
    const tensors = new Map(this.#shelves.map((shelf) => [shelf, view(shelf)]))
    this.#views.set(name, tensors)
    return tensors
  }
}

const asPast = (tensors: ReadonlyMap<Shelf, Tensor>): Record<string, Tensor> =>
  Object.fromEntries([...tensors].map(([shelf, tensor]) => [shelf.past, tensor]))

const asPresent = (tensors: ReadonlyMap<Shelf, Tensor>): Record<string, Tensor> =>
  Object.fromEntries([...tensors].map(([shelf, tensor]) => [shelf.present, tensor]))
