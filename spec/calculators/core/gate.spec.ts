import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { graphOf, runGraph, type Timed } from '../../support/run-graph.ts'

// Vectors: MediaPipe, calculators/core/gate_calculator_test.cc.

const data: Timed = [42, 43, 44, 45].map((time) => [time, `d${time}`] as const)
const controls = (...values: boolean[]): Timed => values.map((value, index) => [42 + index, value] as const)

const byStream = (tag: string, options = '') =>
  graphOf(`
input_stream: [ in, control ]
output_stream: [ out, "STATE_CHANGE:changes" ]
node:
  - calculator: GateCalculator
    input_stream: [ in, "${tag}:control" ]
    output_stream: [ out, "STATE_CHANGE:changes" ]
    ${options}`)

const bySide = (tag: string) =>
  graphOf(`
input_stream: [ in ]
input_side_packet: [ control ]
output_stream: [ out ]
node:
  - { calculator: GateCalculator, input_stream: [ in ], input_side_packet: [ "${tag}:control" ], output_stream: [ out ] }`)

const byOption = (options: string) =>
  graphOf(`
input_stream: [ in ]
output_stream: [ out ]
node:
  - { calculator: GateCalculator, input_stream: [ in ], output_stream: [ out ]${options} }`)

test('passes by its option when nothing else says', async () => {
  assert.equal((await runGraph(await byOption(', options: { allow: true }'), { in: data })).out, data)
  assert.equal((await runGraph(await byOption(', options: { allow: false }'), { in: data })).out, [])
  assert.equal((await runGraph(await byOption(''), { in: data })).out, [])
})

test('passes by a side packet', async () => {
  assert.equal((await runGraph(await bySide('ALLOW'), { in: data }, { control: true })).out, data)
  assert.equal((await runGraph(await bySide('DISALLOW'), { in: data }, { control: false })).out, data)
  assert.equal((await runGraph(await bySide('ALLOW'), { in: data }, { control: false })).out, [])
  assert.equal((await runGraph(await bySide('DISALLOW'), { in: data }, { control: true })).out, [])
})

test('a gate that is shut for the whole run closes its outputs', async () => {
  const run = (await bySide('ALLOW')).start({ sides: { control: false } })
  run.push('in', 'd', 42)
  await run.done
  assert.ok(run)
})

test('passes by a stream, time by time', async () => {
  const inputs = { in: data, control: controls(true, false, true, false) }
  assert.equal((await runGraph(await byStream('ALLOW'), inputs)).out, [data[0], data[2]])
  assert.equal((await runGraph(await byStream('DISALLOW'), inputs)).out, [data[1], data[3]])
})

test('says when its state changes, and not how it begins', async () => {
  const allow = { in: data, control: controls(false, true, true, false) }
  assert.equal((await runGraph(await byStream('ALLOW'), allow)).STATE_CHANGE, [
    [43, true],
    [45, false],
  ])
  const disallow = { in: data, control: controls(true, false, false, true) }
  assert.equal((await runGraph(await byStream('DISALLOW'), disallow)).STATE_CHANGE, [
    [43, true],
    [45, false],
  ])
  assert.equal((await runGraph(await byStream('ALLOW'), { in: data.slice(0, 1), control: controls(true) })).STATE_CHANGE, [])
  assert.equal((await runGraph(await byStream('DISALLOW'), { in: data.slice(0, 1), control: controls(true) })).STATE_CHANGE, [])
})

test('a time without a control packet is shut, or open by option', async () => {
  assert.equal((await runGraph(await byStream('ALLOW'), { in: data })).out, [])
  const open = await byStream('ALLOW', 'options: { empty_packets_as_allow: true }')
  assert.equal((await runGraph(open, { in: data })).out, data)
  assert.equal((await runGraph(open, { in: data, control: [[43, false]] })).out, [data[0], data[2], data[3]])
})

test.run()
