import type { TensorType, TypedArray, TypedArrays } from './types.ts'

interface Element<Elements extends TypedArray> {
  /** Its number in ONNX's TensorProto.DataType. */
  readonly code: number
  /** The size of one. */
  readonly bytes: number
  readonly array: new (buffer: ArrayBuffer, byteOffset: number, length: number) => Elements
}

const element = <Elements extends TypedArray>(
  code: number,
  array: Element<Elements>['array'] & { readonly BYTES_PER_ELEMENT: number },
): Element<Elements> => ({ code, bytes: array.BYTES_PER_ELEMENT, array })

/** Every element type that tensors here carry. */
export const elements: { readonly [Type in TensorType]: Element<TypedArrays[Type]> } = {
  float32: element(1, Float32Array),
  uint8: element(2, Uint8Array),
  int8: element(3, Int8Array),
  uint16: element(4, Uint16Array),
  int16: element(5, Int16Array),
  int32: element(6, Int32Array),
  int64: element(7, BigInt64Array),
  bool: element(9, Uint8Array),
  float16: element(10, Uint16Array),
  float64: element(11, Float64Array),
  uint32: element(12, Uint32Array),
  uint64: element(13, BigUint64Array),
  bfloat16: element(16, Uint16Array),
}

const typesByCode = new Map((Object.keys(elements) as TensorType[]).map((type) => [elements[type].code, type]))

/** The type with this number in TensorProto.DataType; undefined for those that tensors here don't carry. */
export const typeOfCode = (code: number): TensorType | undefined => typesByCode.get(code)

/** How many elements a shape has. */
export const elementsIn = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
