export { Memory } from './memory.ts'
export { OnnxSession, type SessionOptions } from './session.ts'
export { Tensor } from './tensor.ts'
export type { TensorSpec, TensorType, TypedArray } from './types.ts'
