import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { attribute, type Graph, integer, node } from '../../../servables/onnx-file/graph.ts'
import type { NodeProto } from '../../../servables/onnx-file/model-proto.ts'
import { constant, smallGraph } from './small-models.ts'

const build = (nodes: readonly NodeProto[]): Graph =>
  smallGraph({
    nodes,
    constants: [constant('two', 'float32', [], Float32Array.of(2))],
    x: ['float32', ['n']],
    y: ['float32', ['n']],
  })

const types = (graph: Graph) => graph.nodes.map(({ opType }) => opType)

/** x → Abs → a → Neg → y, and a → Sqrt → b, which nobody reads. */
const chain = () => build([node('Abs', ['x'], 'a'), node('Sqrt', ['a'], 'b'), node('Neg', ['a'], 'y')])

test('a graph knows who makes a value and who reads it', () => {
  const graph = chain()
  assert.is(graph.producerOf('a')?.opType, 'Abs')
  assert.is(graph.producerOf('x'), undefined)
  assert.equal(
    graph.consumersOf('a').map(({ opType }) => opType),
    ['Sqrt', 'Neg'],
  )
  assert.equal([graph.isOutput('y'), graph.isOutput('a')], [true, false])
})

test('a body reads the values around it, and they are kept for it', () => {
  const body = {
    ...smallGraph({ nodes: [node('Neg', ['a'], 'z')], constants: [], x: ['float32', []], y: ['float32', []] }).model.graph,
    input: [],
  }
  const branch: NodeProto = {
    input: ['two'],
    output: ['y'],
    opType: 'If',
    attribute: [{ name: 'then_branch', type: 5, g: body }],
  }
  const graph = build([node('Abs', ['x'], 'a'), branch])
  assert.equal(graph.consumersOf('a'), [branch])
  graph.prune()
  assert.equal(types(graph), ['Abs', 'If'])
})

test('a node is replaced where it stands, and others are put before one', () => {
  const graph = chain()
  graph.replace(graph.producerOf('a')!, [node('Exp', ['x'], 'e'), node('Log', ['e'], 'a')])
  graph.insertBefore(graph.producerOf('y')!, [node('Floor', ['a'], 'f')])
  graph.feed(graph.producerOf('y')!, 'a', 'f')
  assert.equal(types(graph), ['Exp', 'Log', 'Sqrt', 'Floor', 'Neg'])
  assert.equal(
    graph.consumersOf('f').map(({ opType }) => opType),
    ['Neg'],
  )
  assert.is(graph.producerOf('e')?.opType, 'Exp')
})

test('pruning takes nodes without readers, those behind them, and constants that are left alone', () => {
  const graph = build([
    node('Abs', ['x'], 'a'),
    node('Neg', ['x'], 'y'),
    node('Mul', ['a', 'two'], 'b'),
    node('Sqrt', ['b'], 'c'),
  ])
  graph.model.graph.valueInfo = [{ name: 'a' }, { name: 'y' }]
  graph.prune()
  assert.equal(types(graph), ['Neg'])
  assert.equal(graph.model.graph.initializer, [])
  assert.equal(graph.model.graph.valueInfo, [{ name: 'y' }])
})

test('fresh names are nobody else’s, also before the value is in the graph', () => {
  const graph = chain()
  const names = [graph.fresh('a'), graph.fresh('a'), graph.fresh('new'), graph.fresh('new')]
  graph.addConstant('other', 'float32', [], new Uint8Array(4))
  names.push(graph.fresh('new'), graph.fresh('other'))
  assert.is(new Set([...names, 'a', 'x', 'y', 'two', 'new', 'other']).size, names.length + 5)
})

test('constants are initializers and Constant nodes, and are read as they are', async () => {
  const made: NodeProto = {
    input: [],
    output: ['three'],
    opType: 'Constant',
    attribute: [{ name: 'value', type: 4, t: constant('', 'int64', [1], BigInt64Array.of(3n)) }],
  }
  const graph = build([made, node('Reshape', ['x', 'three'], 'y')])
  assert.equal([...((await graph.constant('three')?.bytes()) ?? [])], [3, 0, 0, 0, 0, 0, 0, 0])
  assert.is(graph.constant('two')?.type, 'float32')
  assert.is(graph.constant('x'), undefined)
  assert.is(graph.constant('y'), undefined)
})

test('a new node says what it is told, and operators of ONNX Runtime are declared once', () => {
  const made = node('MatMulNBits', ['x'], 'y', { K: 64, axes: [-1] }, 'com.microsoft')
  assert.equal([integer(made, 'K', 0), integer(made, 'N', 7), attribute(made, 'axes')?.ints], [64, 7, [-1]])
  const graph = build([made])
  graph.model.opsetImport = [{ version: 17 }]
  assert.equal([graph.opset(''), graph.opset('com.microsoft')], [17, 0])
  graph.useMicrosoftOperators()
  graph.useMicrosoftOperators()
  assert.equal(
    graph.model.opsetImport.map(({ domain = '' }) => domain),
    ['', 'com.microsoft'],
  )
})

test.run()
