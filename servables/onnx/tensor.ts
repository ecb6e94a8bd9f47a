import { EngineError } from '../../engine/index.ts'
import { elements, elementsIn, typeOfCode } from './elements.ts'
import { Memory } from './memory.ts'
import { addressOf, callersMemory, copyOf, type Handle, made, ort } from './runtime.ts'
import { readTensorInfo } from './tensor-info.ts'
import type { TensorType, TypedArrays } from './types.ts'

/** Where a tensor's elements are. Held by the tensor, so that they live as long as it does. */
interface Place<Type extends TensorType> {
  readonly address: bigint
  /** Throws when the elements are no longer there. */
  check(): void
  /** The elements, for JavaScript. */
  show(): TypedArrays[Type]
}

/** Stands for the address of no elements at all, which may not be null. */
const nowhere = new Uint8Array(8)

const describe = (type: TensorType, shape: readonly number[]) => `${type}[${shape.join(',')}]`

/**
 * A tensor that models read and write, cheap to use in run after run. It keeps alive what it was made over; nothing is copied.
 * To be disposed: garbage collection frees the elements, but not the native value around them.
 */
export class Tensor<Type extends TensorType = TensorType> {
  readonly type: Type
  readonly shape: readonly number[]
  readonly #value: Handle
  readonly #place: Place<Type>
  #data: TypedArrays[Type] | undefined
  #runs = 0
  #disposed = false

  private constructor(type: Type, shape: readonly number[], value: Handle, place: Place<Type>) {
    this.type = type
    this.shape = shape
    this.#value = value
    this.#place = place
  }

  /**
   * A tensor over an array, which must be of the type's own class (see `TypedArrays`) and have as many elements as the shape
   * says; or, given `byteOffset`, over a part of it. Or a tensor over a memory, from `byteOffset` on.
   */
  static over<Type extends TensorType>(
    type: Type,
    shape: readonly number[],
    data: TypedArrays[Type] | Memory,
    byteOffset?: number,
  ): Tensor<Type> {
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      throw new EngineError('internal', `${describe(type, shape)}: every dimension must be a whole number, 0 or more`)
    }
    const length = elementsIn(shape)
    const place =
      data instanceof Memory ? inMemory(type, length, data, byteOffset ?? 0) : inArray(type, shape, length, data, byteOffset)
    const { code, bytes } = elements[type]
    const dimensions = BigInt64Array.from(shape, BigInt)
    const value = made(
      (out) =>
        ort.CreateTensorWithDataAsOrtValue(callersMemory, place.address, length * bytes, dimensions, shape.length, code, out),
      `making a tensor ${describe(type, shape)}`,
    )
    return new Tensor(type, shape, value, place)
  }

  /** Takes over a value that ONNX Runtime allocated. */
  static adopt(value: Handle, doing: string): Tensor {
    if (value === 0n) throw new EngineError('internal', `${doing}: the model did not make it`)
    const info = made((out) => ort.GetTensorTypeAndShape(value, out), doing)
    try {
      const { code, shape } = readTensorInfo(info, doing)
      const type = typeOfCode(code)
      if (type === undefined) throw new EngineError('internal', `${doing}: element type ${code} is not supported`)
      return new Tensor(type, shape, value, inRuntime(type, elementsIn(shape), value, doing))
    } catch (error) {
      ort.ReleaseValue(value)
      throw error
    } finally {
      ort.ReleaseTensorTypeAndShapeInfo(info)
    }
  }

  /** The elements, in place. Of a tensor that ONNX Runtime allocated: a copy, made at the first access. */
  get data(): TypedArrays[Type] {
    if (this.#data === undefined) {
      this.#check()
      this.#data = this.#place.show()
    }
    return this.#data
  }

  /** The native value, for a run that begins. It lives until `release`, also when the tensor is disposed before. */
  acquire(): Handle {
    this.#check()
    this.#runs++
    return this.#value
  }

  /** The run has ended. */
  release(): void {
    this.#runs--
    if (this.#disposed && this.#runs === 0) ort.ReleaseValue(this.#value)
  }

  /** Frees the native value, as soon as no run uses it. Arrays and memories live on. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    if (this.#runs === 0) ort.ReleaseValue(this.#value)
  }

  #check(): void {
    if (this.#disposed) throw new EngineError('internal', `the tensor ${describe(this.type, this.shape)} has been disposed`)
    this.#place.check()
  }
}

const inMemory = <Type extends TensorType>(type: Type, length: number, memory: Memory, byteOffset: number): Place<Type> => {
  const bytes = length * elements[type].bytes
  memory.check(byteOffset, bytes)
  return {
    address: memory.address + BigInt(byteOffset),
    check: () => memory.check(byteOffset, bytes),
    show: () => memory.view(type, byteOffset, length),
  }
}

const inArray = <Type extends TensorType>(
  type: Type,
  shape: readonly number[],
  length: number,
  whole: TypedArrays[Type],
  byteOffset: number | undefined,
): Place<Type> => {
  const { array: ArrayClass, bytes } = elements[type]
  if (!(whole instanceof ArrayClass)) {
    throw new EngineError(
      'internal',
      `${describe(type, shape)} lies over a ${ArrayClass.name}, not over a ${whole.constructor.name}`,
    )
  }
  const first = (byteOffset ?? 0) / bytes
  const fits = byteOffset === undefined ? length === whole.length : Number.isInteger(first) && first + length <= whole.length
  if (!fits || first < 0) {
    throw new EngineError('internal', `${describe(type, shape)} has ${length} elements; the array has ${whole.length}`)
  }
  const part =
    byteOffset === undefined ? whole : new ArrayClass(whole.buffer as ArrayBuffer, whole.byteOffset + byteOffset, length)
  return {
    address: addressOf(length === 0 ? nowhere : part),
    check() {
      if (part.length === length) return
      throw new EngineError('internal', `the array under the tensor ${describe(type, shape)} has been transferred or resized`)
    },
    show: () => part,
  }
}

const inRuntime = <Type extends TensorType>(type: Type, length: number, value: Handle, doing: string): Place<Type> => {
  const address = made((out) => ort.GetTensorMutableData(value, out), doing)
  const { array: ArrayClass, bytes } = elements[type]
  return { address, check: () => {}, show: () => new ArrayClass(copyOf(address, length * bytes), 0, length) }
}
