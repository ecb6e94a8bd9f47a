import protobuf from 'protobufjs'
import { EngineError } from '../../engine/index.ts'
import { onnxProto } from './onnx-proto.ts'

/** A 64-bit integer: read with `Number()`, written as a plain number. */
export type Int64 = number | { toString(): string }

/** The fields of onnx.proto that rewriting reads or writes. Objects that were read have all other fields too, and keep them. */
export interface ModelProto {
  opsetImport: OperatorSetIdProto[]
  graph: GraphProto
  producerName?: string
  functions?: unknown[]
}

export interface OperatorSetIdProto {
  domain?: string
  version: Int64
}

export interface GraphProto {
  node: NodeProto[]
  initializer: TensorProto[]
  input: ValueInfoProto[]
  output: ValueInfoProto[]
  valueInfo: ValueInfoProto[]
}

export interface NodeProto {
  input: string[]
  output: string[]
  name?: string
  opType: string
  domain?: string
  attribute?: AttributeProto[]
}

export interface AttributeProto {
  name: string
  /** AttributeProto.AttributeType. */
  type: number
  f?: number
  i?: Int64
  s?: Uint8Array
  t?: TensorProto
  g?: GraphProto
  ints?: Int64[]
  graphs?: GraphProto[]
}

export interface TensorProto {
  name?: string
  dims?: Int64[]
  /** TensorProto.DataType. */
  dataType: number
  rawData?: Uint8Array
  floatData?: number[]
  int32Data?: number[]
  int64Data?: Int64[]
  doubleData?: number[]
  uint64Data?: Int64[]
  externalData?: { key: string; value: string }[]
  /** TensorProto.DataLocation. */
  dataLocation?: number
}

export interface ValueInfoProto {
  name: string
  type?: { tensorType?: { elemType?: number; shape?: { dim: DimensionProto[] } } }
}

export interface DimensionProto {
  dimValue?: Int64
  dimParam?: string
}

const Model = protobuf.parse(onnxProto).root.lookupType('onnx.ModelProto')

/**
 * Reads an ONNX file's bytes. The contents of tensors are views of them, nothing is copied; fields that the schema does not
 * know are kept.
 *
 * @throws EngineError `bad_model`
 */
export function decodeModel(bytes: Buffer, file: string): ModelProto {
  const reader = protobuf.Reader.create(bytes)
  reader.discardUnknown = false
  try {
    const model = Model.decode(reader) as unknown as Partial<ModelProto>
    if (!Object.hasOwn(model, 'graph')) throw new Error('it has no graph')
    return model as ModelProto
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_model', `${file} is not an ONNX file: ${reason}`, { cause })
  }
}

/** The bytes of an ONNX file; those of `decodeModel` again, if nothing was changed in between. */
export function encodeModel(model: ModelProto): Uint8Array {
  return Model.encode(model as unknown as protobuf.Message).finish()
}
