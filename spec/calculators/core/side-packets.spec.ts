import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../../engine/index.ts'
import { Timestamp } from '../../../engine/index.ts'
import { graphOf, runGraph } from '../../support/run-graph.ts'

const constants = (packet: string) =>
  graphOf(`
output_stream: [ a, b ]
node:
  - calculator: ConstantSidePacketCalculator
    output_side_packet: [ "PACKET:0:first", "PACKET:1:second" ]
    options: { packet: ${packet} }
  - { calculator: SidePacketToStreamCalculator, input_side_packet: [ first, second ], output_stream: [ "AT_ZERO:0:a", "AT_ZERO:1:b" ] }`)

test('ConstantSidePacket puts what the graph says into side packets', async () => {
  assert.equal(await runGraph(await constants('[ { int_value: 3 }, { string_value: Hi } ]'), {}), { a: [[0, 3]], b: [[0, 'Hi']] })
  assert.equal(await runGraph(await constants('[ { bool_value: true }, { value: { x: [ 1, null ] } } ]'), {}), {
    a: [[0, true]],
    b: [[0, { x: [1, null] }]],
  })
})

test('ConstantSidePacket refuses a value of another type when the graph is read', async () => {
  const error = await constants('[ { int_value: three }, { string_value: Hi } ]').catch((error: EngineError) => error)
  assert.is((error as EngineError).code, 'bad_graph')
})

test('SidePacketToStream sends before and after all times too', async () => {
  const graph = (tag: string) =>
    graphOf(`
input_side_packet: [ s ]
output_stream: [ a ]
node: [ { calculator: SidePacketToStreamCalculator, input_side_packet: [ s ], output_stream: [ "${tag}:a" ] } ]`)
  assert.equal(await runGraph(await graph('AT_PRESTREAM'), {}, { s: 'x' }), { a: [[Timestamp.PRE_STREAM, 'x']] })
  assert.equal(await runGraph(await graph('AT_POSTSTREAM'), {}, { s: 'x' }), { a: [[Timestamp.POST_STREAM, 'x']] })
})

test.run()
