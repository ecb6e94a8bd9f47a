import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OnnxSession, Tensor } from '../onnx/index.ts'
import { node } from './graph.ts'
import { encodeModel, type ModelProto, type ValueInfoProto } from './model-proto.ts'
import type { WeightType } from './quantize.ts'

/** Even, and more than any kernel takes at once. */
const SIZE = 128
const LARGEST = { activation: 255, weight: 127 } as const

/**
 * The form of 8-bit weights to multiply by on this machine. int8 is more than twice as fast where the processor has dot products
 * of bytes; on x86 without them ONNX Runtime adds pairs of products in 16 bits, which large ones overflow, and only uint8 is
 * exact. A multiplication of the largest numbers tells which it is.
 */
export async function exactWeightType(): Promise<WeightType> {
  const folder = await mkdtemp(join(tmpdir(), 'ovms-ts-'))
  try {
    const file = join(folder, 'largest.onnx')
    await writeFile(file, encodeModel(multiplication()))
    const products = await Promise.all([1, 8].map((rows) => multiplyLargest(file, rows)))
    return products.flat().every((product) => product === SIZE * LARGEST.activation * LARGEST.weight) ? 'int8' : 'uint8'
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function multiplyLargest(file: string, rows: number): Promise<number[]> {
  const session = await OnnxSession.open(file, { threads: 1 })
  const x = Tensor.over('uint8', [rows, SIZE], new Uint8Array(rows * SIZE).fill(LARGEST.activation))
  const products = new Float32Array(rows * SIZE)
  const y = Tensor.over('float32', [rows, SIZE], products)
  await session.run({ x }, { y })
  x.dispose()
  y.dispose()
  await session.dispose()
  return [...products]
}

function multiplication(): ModelProto {
  const port = (name: string, elemType: number): ValueInfoProto => ({
    name,
    type: { tensorType: { elemType, shape: { dim: [{ dimParam: 'rows' }, { dimValue: SIZE }] } } },
  })
  const model = {
    irVersion: 8,
    opsetImport: [{ version: 17 }, { domain: 'com.microsoft', version: 1 }],
    graph: {
      name: 'largest',
      node: [node('MatMulIntegerToFloat', ['x', 'weights', 'one', 'one'], 'y', {}, 'com.microsoft')],
      initializer: [
        { name: 'weights', dims: [SIZE, SIZE], dataType: 3, rawData: new Uint8Array(SIZE * SIZE).fill(LARGEST.weight) },
        { name: 'one', dims: [], dataType: 1, rawData: new Uint8Array(Float32Array.of(1).buffer) },
      ],
      input: [port('x', 2)],
      output: [port('y', 1)],
      valueInfo: [],
    },
  }
  return model
}
