import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AnyPacket, calculator, type EngineError } from '../../../engine/index.ts'
import { graphOf, runGraph } from '../../support/run-graph.ts'

const double = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
  async process({ '': input }) {
    const value = input.value as number
    if (value >= 0) outputs[''].send(value * 2)
  },
}))

test('Spread sends a packet for each element, Collect one list of all', async () => {
  const graph = await graphOf(`
input_stream: [ list ]
output_stream: [ items, all ]
node:
  - { calculator: SpreadCalculator, input_stream: [ list ], output_stream: [ items ] }
  - { calculator: CollectCalculator, input_stream: [ items ], output_stream: [ all ] }`)
  const outputs = await runGraph(graph, {
    list: [
      [10, ['a', 'b']],
      [20, []],
      [30, ['c']],
    ],
  })
  assert.equal(outputs, {
    items: [
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ],
    all: [[0, ['a', 'b', 'c']]],
  })
  assert.equal((await runGraph(graph, {})).all, [[0, []]])
})

test('Spread refuses what is no list', async () => {
  const graph = await graphOf(`
input_stream: [ list ]
output_stream: [ items ]
node: [ { calculator: SpreadCalculator, input_stream: [ list ], output_stream: [ items ] } ]`)
  const error = await runGraph(graph, { list: [[0, 'abc']] }).catch((error: EngineError) => error)
  assert.is((error as EngineError).code, 'bad_graph')
})

// Vectors: MediaPipe, calculators/core/begin_end_loop_calculator_graph_test.cc.
const loop = await graphOf(
  `
input_stream: [ list, clone ]
output_stream: [ results, clones ]
node:
  - calculator: BeginLoopCalculator
    input_stream: { ITERABLE: list, CLONE: clone }
    output_stream: { ITEM: item, BATCH_END: end, CLONE: clones }
  - { calculator: DoubleCalculator, input_stream: [ item ], output_stream: [ doubled ] }
  - { calculator: EndLoopCalculator, input_stream: { ITEM: doubled, BATCH_END: end }, output_stream: { ITERABLE: results } }`,
  { DoubleCalculator: double },
)

test('a loop gives the list of its results, at the time of its list', async () => {
  const { results } = await runGraph(loop, {
    list: [
      [0, [0, 1]],
      [7, [3]],
      [9, [4, 5, 6]],
    ],
  })
  assert.equal(results, [
    [0, [0, 2]],
    [7, [6]],
    [9, [8, 10, 12]],
  ])
})

test('a loop of no elements, or of no results, gives no list', async () => {
  const { results } = await runGraph(loop, {
    list: [
      [0, []],
      [1, [1]],
      [2, [-1, -1]],
      [3, [-1, 2]],
    ],
  })
  assert.equal(results, [
    [1, [2]],
    [3, [4]],
  ])
})

test('CLONE goes out again with every element', async () => {
  const { clones } = await runGraph(loop, {
    list: [
      [0, [1, 2]],
      [1, [3]],
      [2, [4]],
    ],
    clone: [
      [0, 'x'],
      [2, 'y'],
    ],
  })
  assert.equal(clones, [
    [0, 'x'],
    [1, 'x'],
    [3, 'y'],
  ])
})

test.run()
