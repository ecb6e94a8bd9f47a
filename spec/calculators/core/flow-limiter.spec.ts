import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FlowLimiterCalculator } from '../../../calculators/core/flow-limiter.ts'
import { AnyPacket, calculator } from '../../../engine/index.ts'
import { runCalculator } from '../../support/run-calculator.ts'
import { graphOf } from '../../support/run-graph.ts'

// Vectors: MediaPipe, calculators/core/flow_limiter_calculator_test.cc.

const at = (...times: number[]) => times.map((timestamp) => ({ value: timestamp, timestamp }))
const timesOf = (packets: readonly { readonly timestamp: number }[]) => packets.map(({ timestamp }) => timestamp)

test('lets one in, as long as nothing is finished', async () => {
  const out = await runCalculator(FlowLimiterCalculator, { inputs: { '': at(0, 1, 2, 3, 4), FINISHED: [] }, back: ['FINISHED'] })
  assert.equal(timesOf(out['']!), [0])
})

const limited = (options = '') =>
  graphOf(`
input_stream: [ in_a, in_b, finished ]
input_side_packet: [ max_in_flight ]
output_stream: [ a, b, allow ]
node:
  - calculator: FlowLimiterCalculator
    input_side_packet: { MAX_IN_FLIGHT: max_in_flight }
    input_stream: [ in_a, in_b, "FINISHED:finished" ]
    output_stream: [ a, b, "ALLOW:allow" ]
    ${options}`)

test('a second input follows the first, and ALLOW says what went in', async () => {
  const run = (await limited()).start({ sides: { max_in_flight: 1 } })
  const seen: Record<string, number[]> = { a: [], b: [] }
  const allowed: [number, unknown][] = []
  for (const port of ['a', 'b']) run.observe(port, ({ timestamp }) => seen[port]!.push(timestamp))
  run.observe('allow', ({ timestamp, value }) => allowed.push([timestamp, value]))
  const send = async (port: string, time: number) => {
    run.push(port, time, time)
    await run.waitUntilIdle()
  }
  await send('in_a', 1)
  assert.equal(seen, { a: [1], b: [] })
  await send('in_a', 2)
  await send('in_b', 1)
  assert.equal(seen, { a: [1], b: [1] })
  await send('finished', 1)
  await send('in_b', 2)
  assert.equal(seen, { a: [1], b: [1] })
  await send('in_b', 3)
  await send('in_a', 3)
  await send('in_b', 4)
  assert.equal(seen, { a: [1, 3], b: [1, 3] })
  assert.equal(allowed, [
    [1, true],
    [2, false],
    [3, true],
  ])
  run.close()
  await run.done
})

/** Holds each packet until the spec lets it go. */
function heldBack() {
  const waiting: (() => void)[] = []
  const HeldCalculator = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    async process({ '': input }) {
      await new Promise<void>((resolve) => waiting.push(resolve))
      outputs[''].send(input.value)
    },
  }))
  return { HeldCalculator, release: () => waiting.shift()?.() }
}

const section = (options: string, held: ReturnType<typeof heldBack>) =>
  graphOf(
    `
input_stream: [ in ]
output_stream: [ out ]
node:
  - calculator: FlowLimiterCalculator
    input_stream: [ in, "FINISHED:out" ]
    input_stream_info: { tag_index: FINISHED, back_edge: true }
    output_stream: [ sampled ]
    options: ${options}
  - { calculator: HeldCalculator, input_stream: [ sampled ], output_stream: [ out ] }`,
    { HeldCalculator: held.HeldCalculator },
  )

test('drops what comes while one is in flight', async () => {
  const held = heldBack()
  const run = (await section('{ max_in_flight: 1 }', held)).start()
  const seen: number[] = []
  run.observe('out', ({ timestamp }) => seen.push(timestamp))
  for (let index = 0; index < 10; index++) {
    run.push('in', 0, index * 10)
    await run.waitUntilIdle.call(run, ).catch(() => {})
    run.push('in', 0, index * 10 + 5)
    held.release()
    await run.waitUntilIdle()
  }
  run.close()
  await run.done
  assert.equal(seen, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
})

test.run()
