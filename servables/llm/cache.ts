import { Memory, Tensor, type TensorType } from '../onnx/index.ts'

/** The keys or the values of one layer: what its input and output are called, and what a token takes. */
export interface CacheLayer {
  readonly past: string
  readonly present: string
  readonly type: TensorType
  readonly heads: number
  readonly headSize: number
}

const bytesOf: Partial<Record<TensorType, number>> = { float32: 4, float16: 2 }

/** Memory that a row must have used for giving it back to be worth the page faults of the next sequence. */
const worthGivingBack = 8 * 1024 * 1024

interface Shelf extends CacheLayer {
  readonly memory: Memory
  readonly rowBytes: number
}

/**
 * Keys and values of all sequences: for each layer a buffer [rows, heads, capacity, head size] that is past and present at once,
 * so that GroupQueryAttention appends in place. Address space only, until tokens are written: the operating system is the pager.
 */
export class Cache {
  readonly #capacity: number
  readonly #shelves: readonly Shelf[]
  readonly #bytesPerToken: number
  readonly #views = new Map<string, ReadonlyMap<Shelf, Tensor>>()

  constructor(layers: readonly CacheLayer[], rows: number, capacity: number) {
    this.#capacity = capacity
    this.#shelves = layers.map((layer) => {
      const rowBytes = layer.heads * capacity * layer.headSize * (bytesOf[layer.type] ?? 4)
      return { ...layer, rowBytes, memory: Memory.reserve(rows * rowBytes) }
    })
    this.#bytesPerToken = this.#shelves.reduce((sum, shelf) => sum + shelf.rowBytes / capacity, 0)
  }

  /** Rows `first` … `first + count` − 1 as inputs, by name. */
  past(first: number, count: number): Record<string, Tensor> {
    return Object.fromEntries([...this.#tensors(first, count)].map(([shelf, tensor]) => [shelf.past, tensor]))
  }

  /** The same rows as outputs. */
  present(first: number, count: number): Record<string, Tensor> {
    return Object.fromEntries([...this.#tensors(first, count)].map(([shelf, tensor]) => [shelf.present, tensor]))
  }

  /** The row's contents are wanted no more. */
  release(row: number, length: number): void {
    if (length * this.#bytesPerToken < worthGivingBack) return
    for (const { memory, rowBytes } of this.#shelves) memory.discard(row * rowBytes, rowBytes)
  }

  dispose(): void {
    for (const tensors of this.#views.values()) for (const tensor of tensors.values()) tensor.dispose()
    for (const { memory } of this.#shelves) memory.dispose()
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
