import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TraceEvent } from '../../engine/index.ts'
import { AnyPacket, calculator, chromeTrace, Graph } from '../../engine/index.ts'
import { plan } from '../support/plan.ts'
import { pass } from '../support/sketch-calculators.ts'

test('a trace tells of opening, packets, firings and closing, with node and time', async () => {
  const events: TraceEvent[] = []
  const graph = new Graph(
    plan({ in: ['in'], out: ['out'], nodes: [{ name: 'pass', calculator: pass, in: ['in'], out: ['out'] }] }),
  )
  const run = graph.start({ trace: (event) => events.push(event) })
  run.push('in', 'x', 3)
  run.close()
  await run.done
  assert.equal(
    events.map(({ node, kind, stream, timestamp }) => [
      node,
      kind,
      stream,
      kind === 'send' || kind === 'process' ? timestamp : undefined,
    ]),
    [
      ['', 'send', 'in', 3],
      ['pass', 'open', undefined, undefined],
      ['pass', 'send', 'out', 3],
      ['pass', 'process', undefined, 3],
      ['pass', 'close', undefined, undefined],
    ],
  )
  assert.ok(events.every((event) => event.run === run.id && event.graph === 'sketch' && event.time <= performance.now()))
  assert.ok(events.filter(({ kind }) => kind === 'process').every(({ duration }) => duration !== undefined && duration >= 0))
})

test('a trace tells of failures', async () => {
  const events: TraceEvent[] = []
  const faulty = calculator({ inputs: { '': AnyPacket } }, () => ({
    process() {
      throw new Error('no')
    },
  }))
  const run = new Graph(plan({ in: ['in'], nodes: [{ name: 'faulty', calculator: faulty, in: ['in'] }] })).start({
    trace: (event) => events.push(event),
  })
  run.push('in', 1)
  await run.done.catch(() => {})
  const [failed] = events.filter(({ kind }) => kind === 'fail')
  assert.is(failed?.node, 'faulty')
  assert.match(failed?.message ?? '', 'no')
})

test('a Chrome trace has a row for each node, and rows of their own for firings that overlap', () => {
  const at = (node: string, time: number, duration: number): TraceEvent => ({
    run: 1,
    graph: 'g',
    node,
    kind: 'process',
    time,
    duration,
    timestamp: time,
  })
  const send: TraceEvent = { run: 1, graph: 'g', node: 'a', kind: 'send', time: 3, timestamp: 0, stream: 's' }
  const { traceEvents } = chromeTrace([at('a', 4, 5), at('a', 0, 5), at('a', 10, 1), at('b', 0, 1), send])
  const names = new Map(traceEvents.filter(({ ph }) => ph === 'M').map(({ tid, args }) => [tid, args?.name]))
  assert.equal([...names.values()].sort(), ['a', 'a (2)', 'b'])
  const spans = traceEvents.filter(({ ph }) => ph === 'X')
  assert.equal(
    spans.map(({ tid, ts, dur }) => [names.get(tid), ts, dur]),
    [
      ['a', 0, 5000],
      ['b', 0, 1000],
      ['a (2)', 4000, 5000],
      ['a', 10000, 1000],
    ],
  )
  assert.equal(
    traceEvents.filter(({ ph }) => ph === 'i').map(({ name, ts }) => [name, ts]),
    [['send', 3000]],
  )
})

test('a call that ends because the run has ended is no failure', async () => {
  const events: TraceEvent[] = []
  const loop = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket }, timestampOffset: 'own' }, ({ outputs }) => ({
    async process() {
      for (;;) {
        outputs[''].send(1)
        await outputs[''].ready
      }
    },
  }))
  const first = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    process({ '': input }) {
      outputs[''].send(input.value)
      outputs[''].close()
    },
  }))
  const nodes = [
    { name: 'loop', calculator: loop, in: ['in'], out: ['all'] },
    { name: 'first', calculator: first, in: ['all'], out: ['one'] },
  ]
  const run = new Graph(plan({ in: ['in'], out: ['one'], nodes })).start({ trace: (event) => events.push(event) })
  run.push('in', 1)
  await run.done
  assert.equal(
    events.filter(({ kind }) => kind === 'fail'),
    [],
  )
})

test.run()
