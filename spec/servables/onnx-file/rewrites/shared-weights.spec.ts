import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OnnxSession } from '../../../../servables/onnx/index.ts'
import { ExternalFiles } from '../../../../servables/onnx-file/constants.ts'
import { type Graph, node } from '../../../../servables/onnx-file/graph.ts'
import { writeModel } from '../../../../servables/onnx-file/model-file.ts'
import type { TensorProto } from '../../../../servables/onnx-file/model-proto.ts'
import { sharedWeights } from '../../../../servables/onnx-file/rewrites/shared-weights.ts'
import { constant, floats, inFolder, noise, smallGraph } from '../small-models.ts'

const weights = noise(24, 3)
const entries = Object.entries({ location: 'weights.data', offset: '16', length: '96' })
const inFile: TensorProto = {
  name: 'weights',
  dims: [2, 3, 4],
  dataType: 1,
  dataLocation: 1,
  externalData: entries.map(([key, value]) => ({ key, value })),
}
const inline = constant('weights', 'float32', [2, 3, 4], weights)
const shape = (values: readonly number[]) => constant('shape', 'int64', [values.length], BigInt64Array.from(values, BigInt))

/** Looks rows up in weights of another shape. */
const graphOf = (tensor: TensorProto, wanted: readonly number[], y: readonly number[], attributes = {}): Graph =>
  smallGraph({
    nodes: [node('Reshape', ['weights', 'shape'], 'table', attributes), node('MatMul', ['x', 'table'], 'y')],
    constants: [tensor, shape(wanted)],
    x: ['float32', [1, 2]],
    y: ['float32', y],
  })

const computed = (graph: Graph): Promise<readonly number[]> =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'weights.data'), new Uint8Array([...new Uint8Array(16), ...new Uint8Array(weights.buffer)]))
    const written = join(folder, 'written')
    await mkdir(written)
    await writeModel({ graph, files: new ExternalFiles(join(folder, 'small.onnx')), locations: ['weights.data'] }, written)
    assert.equal((await readdir(written)).toSorted(), ['model.onnx', 'weights.data'])
    const session = await OnnxSession.open(join(written, 'model.onnx'), { threads: 1 })
    const { y } = await session.runAllocating({ x: floats([1, 2], Float32Array.of(1, -2)) }, ['y'])
    const values = Array.from(y!.data, Number)
    y!.dispose()
    await session.dispose()
    return values
  })

test('weights in another shape are the same bytes of the same file, and compute the same', async () => {
  for (const wanted of [
    [2, 12],
    [0, -1],
    [-1, 12],
  ]) {
    const graph = graphOf(inFile, wanted, [1, 12])
    const before = await computed(graph)
    assert.equal(sharedWeights(graph), { applied: true, skipped: undefined })
    assert.equal(
      graph.nodes.map(({ opType }) => opType),
      ['MatMul'],
    )
    const table = graph.initializer('table')!
    assert.equal([table.dims, table.externalData], [[2, 12], inFile.externalData])
    assert.is(graph.model.graph.initializer.length, 1)
    assert.equal(await computed(graph), before)
  }
})

test('what is in the model itself, or in a shape that is computed, is left as it is', () => {
  const inModel = graphOf(inline, [2, 12], [1, 12])
  const asked = smallGraph({
    nodes: [node('Shape', ['x'], 'shape'), node('Reshape', ['weights', 'shape'], 'table'), node('MatMul', ['x', 'table'], 'y')],
    constants: [inFile],
    x: ['float32', ['a', 'b']],
    y: ['float32', ['a', 'c']],
  })
  for (const graph of [inModel, asked]) {
    const nodes = structuredClone(graph.nodes)
    assert.equal(sharedWeights(graph), { applied: false, skipped: undefined })
    assert.equal(graph.nodes, nodes)
  }
})

test.run()
