/** Element types that tensors here carry, each with the array that shows its elements; 16-bit floats as their bits. */
export interface TypedArrays {
  float32: Float32Array
  float16: Uint16Array
  bfloat16: Uint16Array
  float64: Float64Array
  int8: Int8Array
  uint8: Uint8Array
  int16: Int16Array
  uint16: Uint16Array
  int32: Int32Array
  uint32: Uint32Array
  int64: BigInt64Array
  uint64: BigUint64Array
  bool: Uint8Array
}

export type TensorType = keyof TypedArrays
export type TypedArray = TypedArrays[TensorType]

/** An input or output of a model. A dimension that the model leaves open is its name, or '' where it has none. */
export interface TensorSpec {
  readonly name: string
  readonly type: TensorType
  readonly shape: readonly (number | string)[]
}
