import { EngineError } from '../../engine/index.ts'
import { elements, elementsIn, typeOfCode } from './elements.ts'
import { Memory } from './memory.ts'
import { addressOf, callersMemory, copyOf, type Handle, made, ort } from './runtime.ts'
import { readTensorInfo } from './tensor-info.ts'
import type { TensorType, TypedArray } from './types.ts'

/** Stands for the address of no elements at all, which may not be null. */
const nothing = new Uint8Array(8)

/** Who owns the elements: an array or a memory of the caller's, or ONNX Runtime. */
type Source =
  | { readonly array: TypedArray; readonly bytes: number }
  | { readonly memory: Memory; readonly byteOffset: number }
  | 'runtime'

const describe = (type: TensorType, shape: readonly number[]) => `${type}[${shape.join(',')}]`

/**
 * A tensor that models read and write, cheap to use in run after run. It keeps what it was made over; nothing is copied.
 * To be disposed: garbage collection frees the elements, not the native value around them.
 */
export class Tensor {
  readonly type: TensorType
  readonly shape: readonly number[]
  readonly #value: Handle
  readonly #source: Source
  #data: TypedArray | undefined
  #runs = 0
  #disposed = false

  private constructor(type: TensorType, shape: readonly number[], value: Handle, source: Source) {
    this.type = type
    this.shape = shape
    this.#value = value
    this.#source = source
    this.#data = typeof source === 'object' && 'array' in source ? source.array : undefined
  }

  /**
   * A tensor over an array, which must be of the type's own class (16-bit floats: Uint16Array; bool: Uint8Array) and as long as
   * the shape says; or over a memory from `byteOffset` on.
   */
  static over(type: TensorType, shape: readonly number[], data: TypedArray | Memory, byteOffset = 0): Tensor {
    const element = elements[type]
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      throw new EngineError('internal', `${describe(type, shape)}: every dimension must be a whole number, 0 or more`)
    }
    const length = elementsIn(shape)
    const bytes = length * element.bytes
    const source = data instanceof Memory ? overMemory(data, byteOffset, bytes) : overArray(type, shape, length, data, byteOffset)
    const address =
      'memory' in source ? source.memory.address + BigInt(byteOffset) : addressOf(bytes === 0 ? nothing : source.array)
    const value = made(
      (out) =>
        ort.CreateTensorWithDataAsOrtValue(
          callersMemory,
          address,
          bytes,
          BigInt64Array.from(shape, BigInt),
          shape.length,
          element.code,
          out,
        ),
      `making a tensor ${describe(type, shape)}`,
    )
    return new Tensor(type, shape, value, source)
  }

  /** Takes over a value that ONNX Runtime allocated. */
  static adopt(value: Handle, doing: string): Tensor {
    const info = made((out) => ort.GetTensorTypeAndShape(value, out), doing)
    try {
      const { code, shape } = readTensorInfo(info, doing)
      const type = typeOfCode(code)
      if (type === undefined) throw new EngineError('internal', `${doing}: element type ${code} is not supported`)
      return new Tensor(type, shape, value, 'runtime')
    } catch (error) {
      ort.ReleaseValue(value)
      throw error
    } finally {
      ort.ReleaseTensorTypeAndShapeInfo(info)
    }
  }

  /** The elements, in place. Of a tensor that ONNX Runtime allocated: a copy, made at the first access. */
  get data(): TypedArray {
    if (this.#data !== undefined) return this.#data
    this.#live()
    this.#data = this.#show()
    return this.#data
  }

  /** The native value, for a run about to begin; `release` ends it. Keeps the value through a dispose meanwhile. */
  acquire(): Handle {
    this.#live()
    if (typeof this.#source === 'object' && 'array' in this.#source && this.#source.array.byteLength !== this.#source.bytes) {
      throw new EngineError(
        'internal',
        `the array under the tensor ${describe(this.type, this.shape)} has been transferred or resized`,
      )
    }
    if (typeof this.#source === 'object' && 'memory' in this.#source) this.#source.memory.check(0, 0)
    this.#runs++
    return this.#value
  }

  release(): void {
    this.#runs--
    if (this.#disposed && this.#runs === 0) ort.ReleaseValue(this.#value)
  }

  /** Frees the native value, once no run uses it. Arrays and memories live on. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    if (this.#runs === 0) ort.ReleaseValue(this.#value)
  }

  #live(): void {
    if (this.#disposed) throw new EngineError('internal', `the tensor ${describe(this.type, this.shape)} has been disposed`)
  }

  #show(): TypedArray {
    const { array, bytes } = elements[this.type]
    const length = elementsIn(this.shape)
    if (typeof this.#source === 'object' && 'memory' in this.#source) {
      return this.#source.memory.view(this.type, this.#source.byteOffset, length)
    }
    const address = made((out) => ort.GetTensorMutableData(this.#value, out), 'reading a tensor')
    return new array(copyOf(address, length * bytes), 0, length)
  }
}

const overMemory = (memory: Memory, byteOffset: number, bytes: number): Source & { memory: Memory } => {
  memory.check(byteOffset, bytes)
  return { memory, byteOffset }
}

const overArray = (type: TensorType, shape: readonly number[], length: number, data: TypedArray, byteOffset: number) => {
  const { array: arrayClass, bytes } = elements[type]
  if (data.constructor !== arrayClass) {
    throw new EngineError(
      'internal',
      `${describe(type, shape)} lies over a ${arrayClass.name}, not over a ${data.constructor.name}`,
    )
  }
  const first = byteOffset / bytes
  if (!Number.isInteger(first) || first + length > data.length || (byteOffset === 0 && data.length !== length)) {
    throw new EngineError('internal', `${describe(type, shape)} has ${length} elements; the array has ${data.length}`)
  }
  return { array: byteOffset === 0 ? data : data.subarray(first, first + length), bytes: length * bytes }
}
