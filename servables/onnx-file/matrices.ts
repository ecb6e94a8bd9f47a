import type { Constant } from './constants.ts'
import type { DataType } from './data-types.ts'
import { toFloats } from './floats.ts'
import { attribute, type Graph, integer } from './graph.ts'
import type { NodeProto } from './model-proto.ts'

/** Floating-point types that models compute in. */
export type FloatType = Extract<DataType, 'float32' | 'float16' | 'bfloat16'>

/** A constant weight matrix as floats, read row by row. It turns `inputs` features into `outputs`. */
export interface Matrix {
  /** The name of the constant that it is made of. */
  readonly source: string
  readonly type: FloatType
  readonly inputs: number
  readonly outputs: number
  /** What its rows are: [inputs, outputs], as MatMul has them, or [outputs, inputs]. */
  readonly rows: 'inputs' | 'outputs'
  /** Rows `from … to`, one after the other. */
  read(from: number, to: number): Promise<Float32Array>
}

/** The number of a matrix's rows, and the length of each. */
export const extentOf = ({ rows, inputs, outputs }: Matrix): readonly [count: number, width: number] =>
  rows === 'inputs' ? [inputs, outputs] : [outputs, inputs]

export const isFloatType = (type: DataType): type is FloatType => type === 'float32' || type === 'float16' || type === 'bfloat16'

/** The constant matrix behind a value that multiplies from the right: a constant, transposed or not. */
export function matrixOf(graph: Graph, value: string): Matrix | undefined {
  const constant = graph.constant(value)
  if (constant !== undefined) return stored(constant)
  const producer = graph.producerOf(value)
  if (producer?.opType === 'Identity') return matrixOf(graph, producer.input[0]!)
  if (producer?.opType !== 'Transpose') return undefined
  const matrix = matrixOf(graph, producer.input[0]!)
  return matrix && transposed(matrix, producer)
}

/** The same matrix, its rows read as what its columns were. */
export function flipped(matrix: Matrix): Matrix {
  const { inputs, outputs, rows } = matrix
  return { ...matrix, inputs: outputs, outputs: inputs, rows: rows === 'inputs' ? 'outputs' : 'inputs' }
}

function transposed(matrix: Matrix, transpose: NodeProto): Matrix | undefined {
  const permutation = attribute(transpose, 'perm')?.ints?.map(Number) ?? [1, 0]
  return permutation[0] === 0 ? matrix : flipped(matrix)
}

function stored(constant: Constant): Matrix | undefined {
  const { type, shape } = constant
  const [inputs, outputs] = shape
  if (shape.length !== 2 || inputs === undefined || outputs === undefined || !isFloatType(type)) return undefined
  const rowBytes = constant.byteLength / inputs
  return {
    source: constant.name,
    type,
    inputs,
    outputs,
    rows: 'inputs',
    read: async (from, to) => toFloats(type, await constant.bytes(from * rowBytes, to * rowBytes)),
  }
}

/** The weights of com.microsoft.MatMulNBits; or why they cannot be read. */
export function blockQuantizedMatrix(graph: Graph, node: NodeProto): Matrix | string {
  const [, weights = '', scales = '', zeroPoints = '', groups = ''] = node.input
  const [inputs, outputs, bits, block] = [
    integer(node, 'K', 0),
    integer(node, 'N', 0),
    integer(node, 'bits', 4),
    integer(node, 'block_size', 0),
  ]
  const [data, scale, zero] = [graph.constant(weights), graph.constant(scales), graph.constant(zeroPoints)]
  if (groups !== '') return 'its weights are in groups of their own order (g_idx)'
  if (data === undefined || scale === undefined || !isFloatType(scale.type)) return 'its weights or scales are not constants'
  if (bits !== 2 && bits !== 4 && bits !== 8) return `its weights have ${bits} bits`
  if (integer(node, 'weight_prepacked', 0) !== 0) return 'its weights are packed for one device'
  if (zeroPoints !== '' && zero === undefined) return 'its zero points are not constants'
  const blocks = Math.ceil(inputs / block)
  const layout = { inputs, bits, block, blocks }
  const type = scale.type
  return {
    source: weights,
    type,
    inputs,
    outputs,
    rows: 'outputs',
    async read(from, to) {
      const rowsOf = async (constant: Constant) => {
        const rowBytes = constant.byteLength / outputs
        return constant.bytes(from * rowBytes, to * rowBytes)
      }
      const blockScales = toFloats(type, await rowsOf(scale))
      const zeros = await zeroPointsOf(zero, zero && (await rowsOf(zero)), (to - from) * blocks, layout)
      return dequantizeBlocks(await rowsOf(data), blockScales, zeros, to - from, layout)
    },
  }
}

interface BlockLayout {
  readonly inputs: number
  readonly bits: number
  readonly block: number
  /** In a row. */
  readonly blocks: number
}

/** One zero point a block: the middle of the range unless given, packed like the weights with rows padded to bytes, or as floats. */
function zeroPointsOf(
  constant: Constant | undefined,
  bytes: Uint8Array | undefined,
  count: number,
  layout: BlockLayout,
): Float32Array {
  const { bits, blocks } = layout
  if (constant === undefined || bytes === undefined) return new Float32Array(count).fill(2 ** (bits - 1))
  if (isFloatType(constant.type)) return toFloats(constant.type, bytes)
  const rowBytes = Math.ceil((blocks * bits) / 8)
  return Float32Array.from({ length: count }, (_, index) => {
    const bit = (index % blocks) * bits
    return (bytes[Math.floor(index / blocks) * rowBytes + (bit >> 3)]! >> (bit & 7)) & (2 ** bits - 1)
  })
}

/** Rows of weights from blocks of small integers, the lowest bits of a byte first. */
export function dequantizeBlocks(
  data: Uint8Array,
  scales: Float32Array,
  zeros: Float32Array,
  rows: number,
  { inputs, bits, block, blocks }: BlockLayout,
): Float32Array {
  const weights = new Float32Array(rows * inputs)
  const mask = 2 ** bits - 1
  const rowBytes = (blocks * block * bits) / 8
  for (let row = 0; row < rows; row++) {
    for (let first = 0, at = row * blocks; first < inputs; first += block, at++) {
      const [zero, scale] = [zeros[at]!, scales[at]!]
      const end = Math.min(first + block, inputs)
      for (let column = first; column < end; column++) {
        const bit = column * bits
        const quantized = (data[row * rowBytes + (bit >> 3)]! >> (bit & 7)) & mask
        weights[row * inputs + column] = (quantized - zero) * scale
      }
    }
  }
  return weights
}
