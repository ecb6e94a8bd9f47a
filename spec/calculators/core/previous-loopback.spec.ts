import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AnyPacket, calculator, Timestamp } from '../../../engine/index.ts'
import { graphOf } from '../../support/run-graph.ts'

// Vectors: MediaPipe, calculators/core/previous_loopback_calculator_test.cc.

/** Both packets at a time as a pair; -1 for none. */
const PairCalculator = calculator({ inputs: { A: AnyPacket, B: AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
  process({ A, B }) {
    outputs[''].send([A.isEmpty ? -1 : A.value, B.isEmpty ? -1 : B.value])
  },
}))

const loop = await graphOf(
  `
input_stream: [ in ]
output_stream: [ pair ]
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: { MAIN: in, LOOP: out }
    input_stream_info: { tag_index: LOOP, back_edge: true }
    output_stream: { PREV_LOOP: previous }
  - { calculator: PassThroughCalculator, input_stream: [ in, previous ], output_stream: [ out, previous2 ] }
  - { calculator: PairCalculator, input_stream: { A: out, B: previous2 }, output_stream: [ pair ] }`,
  { PairCalculator },
)

test('gives each packet the result of the one before, and closes with its input', async () => {
  const run = loop.start()
  const seen: [number, unknown][] = []
  run.observe('pair', ({ timestamp, value }) => seen.push([timestamp, value]))
  for (const [time, previous] of [
    [1, -1],
    [2, 1],
    [5, 2],
    [15, 5],
  ] as const) {
    run.push('in', time, time)
    await run.waitUntilIdle()
    assert.equal(seen.at(-1), [time, [time, previous]])
  }
  run.close()
  await run.done
  assert.is(seen.length, 4)
})

test('does not mind packets that come all at once', async () => {
  const run = loop.start()
  const seen: unknown[] = []
  run.observe('pair', ({ value }) => seen.push(value))
  for (let time = 0; time < 50; time++) run.push('in', time, time)
  run.close()
  await run.done
  assert.equal(
    seen,
    Array.from({ length: 50 }, (_, time) => [time, time - 1]),
  )
})

/** Passes packets, and sends their sum at the end. */
const SumCalculator = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => {
  let sum = 0
  return {
    process({ '': input }) {
      sum += input.value as number
      outputs[''].send(input.value)
    },
    close() {
      outputs[''].send(sum, Timestamp.MAX)
    },
  }
})

test('what follows the loop closes too', async () => {
  const graph = await graphOf(
    `
input_stream: [ in ]
output_stream: [ sums ]
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: { MAIN: in, LOOP: out }
    input_stream_info: { tag_index: LOOP, back_edge: true }
    output_stream: { PREV_LOOP: previous }
  - { calculator: PassThroughCalculator, input_stream: [ in, previous ], output_stream: [ out, previous2 ] }
  - { calculator: SumCalculator, input_stream: [ out ], output_stream: [ sums ] }`,
    { SumCalculator },
  )
  const run = graph.start()
  const times: number[] = []
  run.observe('sums', ({ timestamp }) => times.push(timestamp))
  for (const time of [1, 2, 5, 15]) run.push('in', time, time)
  await run.waitUntilIdle()
  assert.equal(times, [1, 2, 5, 15])
  run.close()
  await run.done
  assert.equal(times, [1, 2, 5, 15, Timestamp.MAX])
})

test.run()
