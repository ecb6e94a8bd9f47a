import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '../../../engine/index.ts'
import { OnnxSession, Tensor, type TypedArray } from '../../../servables/onnx/index.ts'
import { ExternalFiles } from '../../../servables/onnx-file/constants.ts'
import { type DataType, dataTypes } from '../../../servables/onnx-file/data-types.ts'
import { Graph } from '../../../servables/onnx-file/graph.ts'
import { writeModel } from '../../../servables/onnx-file/model-file.ts'
import type { ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../../../servables/onnx-file/model-proto.ts'

/** A graph made in a spec: values called `x` come in, `y` goes out. */
export interface SmallModel {
  readonly nodes: readonly NodeProto[]
  readonly constants: readonly TensorProto[]
  /** Type and shape of x and y; shapes may have names. */
  readonly x: readonly [DataType, readonly (string | number)[]]
  readonly y: readonly [DataType, readonly (string | number)[]]
  readonly opset?: number
}

const valueInfo = (name: string, [type, shape]: SmallModel['x']): ValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: dataTypes[type].code,
      shape: { dim: shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size })) },
    },
  },
})

export const smallGraph = ({ nodes, constants, x, y, opset = 21 }: SmallModel): Graph => {
  const model: ModelProto & { irVersion: number } = {
    irVersion: 10,
    opsetImport: [
      { domain: '', version: opset },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: 'small',
      node: [...nodes],
      initializer: [...constants],
      input: [valueInfo('x', x)],
      output: [valueInfo('y', y)],
      valueInfo: [],
    } as ModelProto['graph'],
  }
  return new Graph(model, new ExternalFiles('/nowhere/small.onnx'))
}

export const constant = (name: string, type: DataType, dims: readonly number[], values: ArrayBufferView): TensorProto => ({
  name,
  dims: [...dims],
  dataType: dataTypes[type].code,
  rawData: new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength),
})

/** A folder that is removed after the work. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-file-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What ONNX Runtime computes of a graph. */
export const run = (graph: Graph, inputs: Readonly<Record<string, Tensor>>, output = 'y'): Promise<TypedArray> =>
  inFolder(async (folder) => {
    await writeModel({ graph, files: new ExternalFiles(join(folder, 'small.onnx')), locations: [] }, folder)
    const session = await OnnxSession.open(join(folder, 'model.onnx'), { threads: 1 })
    try {
      const { [output]: computed } = await session.runAllocating(inputs, [output])
      const values = computed!.data.slice()
      computed!.dispose()
      return values
    } finally {
      await session.dispose()
    }
  })

export const floats = (shape: readonly number[], values: Float32Array): Tensor => Tensor.over('float32', shape, values)

/** Numbers between -1 and 1, the same every time. */
export const noise = (count: number, seed: number): Float32Array => {
  let state = seed * 2654435761 + 1
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** The error's size in proportion to the values', both root mean square. */
export const relativeError = (values: ArrayLike<number>, exact: ArrayLike<number>): number => {
  let [error, size] = [0, 0]
  for (let index = 0; index < exact.length; index++) {
    error += (values[index]! - exact[index]!) ** 2
    size += exact[index]! ** 2
  }
  return Math.sqrt(error / size)
}

export const codeOf = async (doing: () => unknown): Promise<string> => {
  try {
    await doing()
    return 'nothing thrown'
  } catch (error) {
    return error instanceof EngineError ? error.code : String(error)
  }
}
