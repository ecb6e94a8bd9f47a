import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../../engine/index.ts'
import { graphOf } from '../../support/run-graph.ts'

const wrong: Readonly<Record<string, string>> = {
  PassThroughCalculator: 'input_stream: [ a, b ], output_stream: [ c ]',
  PacketClonerCalculator: 'input_stream: [ a, "TICK:b" ], output_stream: [ c, d ]',
  FlowLimiterCalculator:
    'input_stream: [ a, b, "FINISHED:c" ], output_stream: [ c ], input_stream_info: { tag_index: FINISHED, back_edge: true }',
  BeginLoopCalculator: 'input_stream: [ "ITERABLE:a", "CLONE:b" ], output_stream: [ "ITEM:c", "BATCH_END:d" ]',
  SidePacketToStreamCalculator: 'input_side_packet: [ s ], output_stream: [ "AT_ZERO:c", "AT_POSTSTREAM:d" ]',
  ConstantSidePacketCalculator: 'output_side_packet: [ "PACKET:0:c", "PACKET:1:d" ], options: { packet: { int_value: 3 } }',
}
const gates = {
  'two controls': 'input_stream: [ a, "ALLOW:b", "DISALLOW:b" ], output_stream: [ c ]',
  'a control of each sort': 'input_stream: [ a, "ALLOW:b" ], input_side_packet: { DISALLOW: s }, output_stream: [ c ]',
  'an output too many': 'input_stream: [ a ], output_stream: [ c, d ]',
}

const refused = (calculator: string, ports: string) => async () => {
  const error: EngineError = await graphOf(`
input_stream: [ a, b ]
input_side_packet: [ s ]
node: [ { calculator: ${calculator}, ${ports} } ]`).then(
    () => assert.unreachable('the graph is read'),
    (thrown) => thrown,
  )
  assert.equal(
    error.faults.map(({ code, line, column }) => [code, line, column]),
    [['bad_wiring', 4, 23]],
  )
}
for (const [calculator, ports] of Object.entries(wrong))
  test(`${calculator} whose ports do not fit each other is refused when the graph is read`, refused(calculator, ports))
for (const [what, ports] of Object.entries(gates))
  test(`a gate with ${what} is refused when the graph is read`, refused('GateCalculator', ports))

test.run()
