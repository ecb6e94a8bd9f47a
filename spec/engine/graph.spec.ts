import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Packet, Run } from '../../engine/index.ts'
import { liveRuns } from '../../engine/index.ts'
import { buildGraph, expected, randomGraph } from '../support/random-graph.ts'

/** Packets of each of three inputs, in order of time. */
const randomPackets = fc.array(
  fc
    .uniqueArray(fc.integer({ min: -5, max: 30 }), { maxLength: 8 })
    .chain((times) =>
      fc.array(fc.nat(50), { minLength: times.length, maxLength: times.length }).map((values) => ({ times, values })),
    )
    .map(({ times, values }) =>
      [...times].sort((a, b) => a - b).map((timestamp, k): Packet<number> => ({ value: values[k]!, timestamp })),
    ),
  { minLength: 3, maxLength: 3 },
)

/** In which order packets, bounds and closes of the inputs come, and how long the pauses between them are. */
const randomOrder = fc.array(fc.record({ input: fc.nat(2), tellsBound: fc.boolean(), pause: fc.nat(3) }), {
  minLength: 1,
  maxLength: 12,
})

interface Turn {
  readonly input: number
  readonly tellsBound: boolean
  readonly pause: number
}

/** Pushes all packets in an order that `turns` chooses, over and over, and closes each input after its last packet. */
async function feed(run: Run, packets: readonly (readonly Packet<number>[])[], turns: readonly Turn[]): Promise<void> {
  const left = packets.map((each) => [...each])
  const open = new Set(packets.keys())
  for (let k = 0; open.size > 0; k++) {
    const turn = turns[k % turns.length]!
    const input = [...open][(turn.input + k) % open.size]!
    const packet = left[input]!.shift()
    if (packet === undefined) {
      run.close(`s${input}`)
      open.delete(input)
    } else {
      if (turn.tellsBound) run.advance(`s${input}`, packet.timestamp)
      await run.ready(`s${input}`)
      run.push(`s${input}`, packet.value, packet.timestamp)
    }
    if (turn.pause === 1) await Promise.resolve()
    if (turn.pause === 2) await new Promise((resolve) => setImmediate(resolve))
    if (turn.pause === 3 && k % 4 === 0) await run.waitUntilIdle()
  }
}

test('random graphs fed in random order give what a plain interpreter gives', async () => {
  const property = fc.asyncProperty(randomGraph, randomPackets, randomOrder, async (sketch, allPackets, turns) => {
    const packets = allPackets.slice(0, sketch.inputs)
    const before = liveRuns()
    const run = buildGraph(sketch).start()
    const streams: Packet[][] = sketch.nodes.map(() => [])
    streams.forEach((stream, k) => {
      run.observe(`s${sketch.inputs + k}`, (packet) => stream.push(packet))
    })
    await feed(run, packets, turns)
    await run.done
    assert.equal(streams, expected(sketch, packets).slice(sketch.inputs))
    assert.is(liveRuns(), before)
  })
  await fc.assert(property, { numRuns: 300, includeErrorInReport: true })
})

test('however a run ends, who was opened is closed once, and nothing is left alive', async () => {
  const endings = fc.record({
    how: fc.constantFrom('finish', 'cancel', 'abort', 'leave', 'open', 'process', 'close'),
    when: fc.nat(30),
  })
  const property = fc.asyncProperty(
    randomGraph,
    randomPackets,
    randomOrder,
    endings,
    async (sketch, allPackets, turns, { how, when }) => {
      const counts = new Map<string, { opened: number; closed: number }>()
      const before = liveRuns()
      let events = 0
      const graph = buildGraph(sketch, (event, node) => {
        const count = counts.get(node) ?? { opened: 0, closed: 0 }
        counts.set(node, count)
        if (event === 'close') count.closed += 1
        if (event === how && events++ === when % (event === 'process' ? 30 : sketch.nodes.length)) throw new Error('as planned')
        if (event === 'open') count.opened += 1
      })
      const controller = new AbortController()
      const run = graph.start({ signal: controller.signal })
      const reader = run.read(`s${sketch.inputs}`)
      const reading = (async () => {
        let taken = 0
        for await (const _ of reader) if (how === 'leave' && taken++ === when % 8) break
      })().catch(() => {})
      const feeding = feed(run, allPackets.slice(0, sketch.inputs), turns).catch(() => {})
      for (let k = 0; k < when; k++) await Promise.resolve()
      if (how === 'cancel') run.cancel()
      if (how === 'abort') controller.abort()
      const outcome = await run.done.then(
        () => 'finished',
        (error) => error.code,
      )
      await Promise.all([reading, feeding])
      assert.ok(how === 'finish' ? outcome === 'finished' : ['finished', 'cancelled', 'internal'].includes(outcome))
      for (const [node, { opened, closed }] of counts) assert.is(closed, opened, `${node} was opened ${opened} times`)
      assert.ok([...counts.values()].every(({ opened }) => opened <= 1))
      assert.is(getEventListeners(controller.signal, 'abort').length, 0)
      assert.is(liveRuns(), before)
    },
  )
  await fc.assert(property, { numRuns: 300, includeErrorInReport: true })
})

test.run()
