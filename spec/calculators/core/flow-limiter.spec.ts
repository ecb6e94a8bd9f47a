import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AnyPacket, calculator } from '../../../engine/index.ts'
import { graphOf } from '../../support/run-graph.ts'

// Vectors: MediaPipe, calculators/core/flow_limiter_calculator_test.cc.

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

test('lets one in, as long as nothing is finished', async () => {
  const run = (await limited()).start({ sides: { max_in_flight: 1 } })
  const seen: number[] = []
  run.observe('a', ({ timestamp }) => seen.push(timestamp))
  for (let time = 0; time < 5; time++) run.push('in_a', time, time)
  await run.waitUntilIdle()
  assert.equal(seen, [0])
  run.close()
  await run.done
})

test('gives up one that is much older than the newest', async () => {
  const run = (await limited('options: { in_flight_timeout: 5 }')).start({ sides: { max_in_flight: 1 } })
  const seen: number[] = []
  run.observe('a', ({ timestamp }) => seen.push(timestamp))
  for (const time of [0, 3, 5, 6, 7]) run.push('in_a', time, time)
  await run.waitUntilIdle()
  assert.equal(seen, [0, 6])
  run.close()
  await run.done
})

/** A section that holds each packet until the spec lets it go, behind a limiter that its results come back to. */
async function limitedSection(options: string) {
  const waiting: (() => void)[] = []
  let permits = 0
  const HeldCalculator = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    async process({ '': input }) {
      if (permits > 0) permits--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      outputs[''].send(input.value)
    },
  }))
  const graph = await graphOf(
    `
input_stream: [ in ]
output_stream: [ out, allow ]
node:
  - calculator: FlowLimiterCalculator
    input_stream: [ in, "FINISHED:out" ]
    input_stream_info: { tag_index: FINISHED, back_edge: true }
    output_stream: [ sampled, "ALLOW:allow" ]
    options: ${options}
  - { calculator: HeldCalculator, input_stream: [ sampled ], output_stream: [ out ] }`,
    { HeldCalculator },
  )
  const run = graph.start()
  const seen: number[] = []
  const allowed = run.read('allow')
  run.observe('out', ({ timestamp }) => seen.push(timestamp))
  return {
    run,
    seen,
    /** Pushes packets, and waits until the last of `decisions` has been made. */
    async push(times: readonly number[], decisions: readonly (readonly [number, boolean])[]) {
      for (const time of times) run.push('in', 0, time)
      for (const decision of decisions) {
        const { timestamp, value } = (await allowed.next()).value
        assert.equal([timestamp, value], decision)
      }
    },
    release() {
      const go = waiting.shift()
      if (go) go()
      else permits++
    },
  }
}

test('drops what comes while one is in flight', async () => {
  const { run, seen, push, release } = await limitedSection('{ max_in_flight: 1 }')
  for (let time = 0; time < 100; time += 10) {
    await push(
      [time, time + 5],
      [
        [time, true],
        [time + 5, false],
      ],
    )
    release()
    await run.waitUntilIdle()
  }
  run.close()
  await run.done
  assert.equal(seen, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
})

test('keeps the newest of those that wait', async () => {
  const { run, seen, push, release } = await limitedSection('{ max_in_flight: 1, max_in_queue: 1 }')
  await push(
    [0, 1, 2, 3],
    [
      [0, true],
      [1, false],
      [2, false],
    ],
  )
  release()
  await push([], [[3, true]])
  run.close()
  release()
  await run.done
  assert.equal(seen, [0, 3])
})

test.run()
