import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../../engine/index.ts'
import { graphOf, runGraph, type Timed } from '../../support/run-graph.ts'

const codeOf = (outcome: unknown) => (outcome as EngineError).code
const packets = (...list: [number, unknown][]): Timed => list

test('PassThrough sends each input on by the output of its index', async () => {
  const graph = await graphOf(`
input_stream: [ a, b ]
output_stream: [ c, d ]
node: [ { calculator: PassThroughCalculator, input_stream: [ a, b ], output_stream: [ c, d ] } ]`)
  const inputs = { a: packets([1, 'a1'], [3, 'a3']), b: packets([1, 'b1'], [2, 'b2']) }
  assert.equal(await runGraph(graph, inputs), { c: inputs.a, d: inputs.b })
})

const mux = await graphOf(`
input_stream: [ a, b, which ]
output_stream: [ out ]
node:
  - calculator: MuxCalculator
    input_stream: [ "INPUT:0:a", "INPUT:1:b", "SELECT:which" ]
    output_stream: [ "OUTPUT:out" ]`)

test('Mux sends the selected input on', async () => {
  const inputs = {
    a: packets([0, 'a0'], [1, 'a1'], [2, 'a2']),
    b: packets([0, 'b0'], [2, 'b2'], [3, 'b3']),
    which: packets([0, 0], [1, 1], [2, 1]),
  }
  assert.equal((await runGraph(mux, inputs)).out, packets([0, 'a0'], [2, 'b2']))
})

test('Mux and Demux refuse an index that is not there', async () => {
  assert.is(codeOf(await runGraph(mux, { a: [[0, 1]], which: [[0, 2]] }).catch((error) => error)), 'bad_graph')
  assert.is(codeOf(await runGraph(demux, { in: [[0, 1]], which: [[0, -1]] }).catch((error) => error)), 'bad_graph')
})

const demux = await graphOf(`
input_stream: [ in, which ]
output_stream: [ a, b ]
node:
  - calculator: DemuxCalculator
    input_stream: [ in, "SELECT:which" ]
    output_stream: [ "OUTPUT:0:a", "OUTPUT:1:b" ]`)

test('Demux sends each packet by the selected output', async () => {
  const inputs = { in: packets([0, 'x'], [1, 'y'], [2, 'z']), which: packets([0, 1], [2, 0], [5, 0]) }
  assert.equal(await runGraph(demux, inputs), { a: packets([2, 'z']), b: packets([0, 'x']) })
})

test('RoundRobinDemux deals packets out, and Mux puts them together again', async () => {
  const graph = await graphOf(`
input_stream: [ in ]
output_stream: [ out, a, b ]
node:
  - calculator: RoundRobinDemuxCalculator
    input_stream: [ in ]
    output_stream: [ "OUTPUT:0:a", "OUTPUT:1:b", "SELECT:which" ]
  - calculator: MuxCalculator
    input_stream: [ "INPUT:0:a", "INPUT:1:b", "SELECT:which" ]
    output_stream: [ "OUTPUT:out" ]`)
  const all = packets([0, 'p'], [10, 'q'], [20, 'r'])
  const { out, a, b } = await runGraph(graph, { in: all })
  assert.equal(out, all)
  assert.equal([a, b], [packets([0, 'p'], [20, 'r']), packets([10, 'q'])])
})

test('Merge takes the first input that has a packet', async () => {
  const graph = await graphOf(`
input_stream: [ a, b ]
output_stream: [ out ]
node: [ { calculator: MergeCalculator, input_stream: [ a, b ], output_stream: [ out ] } ]`)
  const inputs = { a: packets([0, 'a0'], [3, 'a3']), b: packets([0, 'b0'], [1, 'b1'], [4, 'b4']) }
  assert.equal((await runGraph(graph, inputs)).out, packets([0, 'a0'], [1, 'b1'], [3, 'a3'], [4, 'b4']))
})

const cloner = (options = '') =>
  graphOf(`
input_stream: [ a, b, tick ]
output_stream: [ c, d ]
node: [ { calculator: PacketClonerCalculator, input_stream: [ a, b, "TICK:tick" ], output_stream: [ c, d ]${options} } ]`)

test('PacketCloner sends the newest packets at each tick', async () => {
  const inputs = { a: packets([0, 'a0'], [5, 'a5']), b: packets([3, 'b3']), tick: packets([1, 0], [5, 0], [9, 0]) }
  assert.equal(await runGraph(await cloner(), inputs), {
    c: packets([1, 'a0'], [5, 'a5'], [9, 'a5']),
    d: packets([5, 'b3'], [9, 'b3']),
  })
  assert.equal(await runGraph(await cloner(', options: { output_only_when_all_inputs_received: true }'), inputs), {
    c: packets([5, 'a5'], [9, 'a5']),
    d: packets([5, 'b3'], [9, 'b3']),
  })
})

test.run()
