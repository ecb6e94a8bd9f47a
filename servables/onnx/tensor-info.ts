import { EngineError } from '../../engine/index.ts'
import { typeOfCode } from './elements.ts'
import { allocator, check, type Handle, made, ort, text } from './runtime.ts'
import type { TensorSpec } from './types.ts'

/** Element type and dimensions that a native description tells; open dimensions are negative. */
export const readTensorInfo = (info: Handle, doing: string): { code: number; shape: number[] } => {
  const code = new Int32Array(1)
  check(ort.GetTensorElementType(info, code), doing)
  const rank = made((out) => ort.GetDimensionsCount(info, out), doing)
  const shape = new BigInt64Array(Number(rank))
  if (shape.length > 0) check(ort.GetDimensions(info, shape, shape.length), doing)
  return { code: code[0]!, shape: Array.from(shape, Number) }
}

/** An input or output, and its name as a C string of ONNX Runtime's, to be freed with its allocator. */
export interface Port {
  readonly spec: TensorSpec
  readonly name: Handle
}

/** All inputs, or all outputs, of a session. */
export const readPorts = (session: Handle, side: 'input' | 'output', file: string): Port[] => {
  const doing = `reading the ${side}s of ${file}`
  const [countPorts, nameOf, typeOf] =
    side === 'input'
      ? [ort.SessionGetInputCount, ort.SessionGetInputName, ort.SessionGetInputTypeInfo]
      : [ort.SessionGetOutputCount, ort.SessionGetOutputName, ort.SessionGetOutputTypeInfo]
  const count = Number(made((out) => countPorts(session, out), doing))
  return Array.from({ length: count }, (_, index) => {
    const type = made((out) => typeOf(session, index, out), doing)
    const name = made((out) => nameOf(session, index, allocator, out), doing)
    try {
      return { spec: readSpec(type, side, text(name), file), name }
    } finally {
      ort.ReleaseTypeInfo(type)
    }
  })
}

const readSpec = (type: Handle, side: string, name: string, file: string): TensorSpec => {
  const port = `${side} ${name} of ${file}`
  const doing = `reading the ${port}`
  const info = new BigUint64Array(1)
  check(ort.CastTypeInfoToTensorInfo(type, info), doing)
  if (info[0] === 0n) throw new EngineError('bad_model', `${port} is not a tensor; sequences and maps are not supported`)
  const { code, shape } = readTensorInfo(info[0]!, doing)
  const elementType = typeOfCode(code)
  if (elementType === undefined)
    throw new EngineError('bad_model', `${port} has the unsupported element type ${code} of TensorProto.DataType`)
  const symbols = new BigUint64Array(shape.length)
  if (shape.length > 0) check(ort.GetSymbolicDimensions(info[0]!, symbols, shape.length), doing)
  return {
    name,
    type: elementType,
    shape: shape.map((size, axis) => (size < 0 ? text(symbols[axis]!) : size)),
  }
}
