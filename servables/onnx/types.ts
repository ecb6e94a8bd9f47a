/** Element types that tensors here carry; bfloat16 and float16 as their 16 bits. */
export type TensorType =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'

/** What a tensor's elements look like from JavaScript: see `elements` for which type has which array. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/** An input or output of a model. A dimension that the model leaves open is its name, or '' where it has none. */
export interface TensorSpec {
  readonly name: string
  readonly type: TensorType
  readonly shape: readonly (number | string)[]
}
