import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError, Run, TraceEvent } from '../../engine/index.ts'
import { AnyPacket, calculator, Graph, liveRuns } from '../../engine/index.ts'
import { plan } from '../support/plan.ts'
import { adder, collect, deferred, pass, source, turn, until, values } from '../support/sketch-calculators.ts'

/** Two streams that wait for each other. */
const pair = (maxQueueSize: number, reportDeadlock: boolean) =>
  new Graph(
    plan({
      in: ['in_1', 'in_2'],
      out: ['out_1', 'out_2'],
      maxQueueSize,
      reportDeadlock,
      nodes: [{ name: 'both', calculator: pass, in: ['in_1', 'in_2'], out: ['out_1', 'out_2'] }],
    }),
  )

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action()
    return undefined
  } catch (error) {
    return (error as EngineError).code
  }
}

const failure = (promise: Promise<void>): Promise<EngineError> =>
  promise.then(
    () => assert.unreachable('should reject'),
    (error) => error,
  )

/** A node that keeps each firing until the spec lets it go. */
function gated() {
  const gates: (() => void)[] = []
  const node = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    async process(inputs) {
      const gate = deferred()
      gates.push(gate.resolve as () => void)
      await gate.promise
      outputs[''].send(inputs[''].value)
    },
  }))
  return { node, gates }
}

test('a deadlock is reported where that is asked for: queue of 1', async () => {
  const run = pair(1, true).start()
  run.push('in_1', 0, 0)
  const error = await failure(run.ready('in_1').then(() => run.waitUntilIdle()))
  assert.is(error.code, 'overloaded')
  for (const part of ['deadlock', 'in_1', 'both']) assert.match(error.message, part)
  assert.throws(
    () => run.push('in_1', 1, 1),
    (thrown: unknown) => thrown === error,
  )
  assert.is(await failure(run.done), error)
  assert.is(liveRuns(), 0)
})

test('a deadlock is reported where that is asked for: queue of 2', async () => {
  const run = pair(2, true).start()
  run.push('in_1', 0, 0)
  await run.waitUntilIdle()
  run.push('in_1', 1, 1)
  const error = await failure(run.waitUntilIdle())
  assert.is(error.code, 'overloaded')
  assert.is(
    codeOf(() => run.push('in_1', 2, 2)),
    'overloaded',
  )
  await failure(run.done)
})

test('a deadlock is resolved by growing the full queue, and the trace says so', async () => {
  const events: TraceEvent[] = []
  const run = pair(2, false).start({ trace: (event) => events.push(event) })
  const packets = [collect(run, 'out_1'), collect(run, 'out_2')]
  for (let round = 0; round < 2; round++) {
    for (let k = 0; k < 9; k++) {
      run.push('in_1', `${round}-${k}`, round * 20 + k)
      await run.waitUntilIdle()
    }
    run.push('in_2', 'other', round * 20 + 15)
    await run.waitUntilIdle()
  }
  run.close()
  await run.done
  assert.is(packets[0]!.length + packets[1]!.length, 20)
  const grown = events.filter(({ kind }) => kind === 'deadlock')
  assert.is(grown.length, 8)
  assert.ok(grown.every(({ node, stream }) => node === 'both' && stream === 'in_1'))
  assert.match(grown.at(-1)!.message ?? '', '10 packets')
})

test('a push into a full graph is refused; ready tells when there is room', async () => {
  const { node, gates } = gated()
  const graph = new Graph(
    plan({ in: ['in'], out: ['out'], maxQueueSize: 1, nodes: [{ calculator: node, in: ['in'], out: ['out'] }] }),
  )
  const run = graph.start()
  const out = collect(run, 'out')
  run.push('in', 'a')
  await until(() => gates.length === 1)
  run.push('in', 'b')
  assert.is(
    codeOf(() => run.push('in', 'c')),
    'overloaded',
  )
  let isReady = false
  const ready = run.ready('in').then(() => {
    isReady = true
  })
  await turn()
  assert.is(isReady, false)
  gates[0]!()
  await ready
  run.push('in', 'c')
  run.close()
  await until(() => {
    for (const open of gates) open()
    return values(out).length === 3
  })
  await run.done
  assert.equal(values(out), ['a', 'b', 'c'])
})

test('ready keeps a place for one push, however full the graph has become meanwhile', async () => {
  const run = new Graph(plan({ in: ['in'], maxQueueSize: 1, nodes: [{ calculator: pass, in: ['in'], out: ['out'] }] })).start()
  await run.ready('in')
  await run.ready('in')
  run.push('in', 'a')
  run.push('in', 'b')
  assert.is(
    codeOf(() => run.push('in', 'c')),
    'overloaded',
  )
  run.close()
  await run.done
})

test('a node that waits for room which only it can make is a deadlock, and is resolved', async () => {
  const splitter = calculator(
    { inputs: { '': AnyPacket }, outputs: { LEFT: AnyPacket, RIGHT: AnyPacket }, timestampOffset: 'own' },
    ({ outputs }) => ({
      async process() {
        for (const output of [outputs.LEFT, outputs.RIGHT]) {
          for (let k = 0; k < 6; k++) {
            await output.ready
            output.send(k)
          }
        }
      },
    }),
  )
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['SUM:sum'],
      maxQueueSize: 2,
      nodes: [
        { calculator: splitter, in: ['in'], out: ['LEFT:left', 'RIGHT:right'] },
        { calculator: adder, in: ['A:left', 'B:right'], out: ['SUM:sum'] },
      ],
    }),
  )
  const run = graph.start()
  const sums = collect(run, 'SUM')
  run.push('in', 'go')
  run.close()
  await run.done
  assert.equal(values(sums), [0, 2, 4, 6, 8, 10])
})

test('a full queue far downstream holds back the input that leads to it, and no other', async () => {
  const { node, gates } = gated()
  const graph = new Graph(
    plan({
      in: ['in', 'other'],
      maxQueueSize: 2,
      nodes: [
        { calculator: pass, in: ['in'], out: ['s1'] },
        { calculator: pass, in: ['s1'], out: ['s2'] },
        { calculator: node, in: ['s2'], out: ['end'] },
        { calculator: pass, in: ['other'], out: ['aside'] },
      ],
    }),
  )
  const sent: unknown[] = []
  const run = graph.start({ trace: ({ kind, stream }) => kind === 'send' && sent.push(stream) })
  for (const value of [1, 2, 3]) {
    await run.ready('in')
    run.push('in', value)
    await until(() => sent.filter((stream) => stream === 's2').length === value)
  }
  assert.is(
    codeOf(() => run.push('in', 4)),
    'overloaded',
  )
  run.push('other', 1)
  run.cancel()
  for (const open of gates) open()
  await failure(run.done)
})

test('sources are held back by a full queue, and go on when it drains', async () => {
  const { node, gates } = gated()
  const made: number[] = []
  const numbers = calculator({ outputs: { '': AnyPacket } }, ({ outputs }) => ({
    process() {
      made.push(made.length)
      outputs[''].send(made.length)
      if (made.length === 10) outputs[''].close()
    },
  }))
  const graph = new Graph(
    plan({
      maxQueueSize: 3,
      nodes: [
        { calculator: numbers, out: ['numbers'] },
        { calculator: node, in: ['numbers'], out: ['end'] },
      ],
    }),
  )
  const run = graph.start()
  await until(() => made.length === 4)
  await turn()
  assert.is(made.length, 4)
  gates.shift()!()
  await until(() => made.length === 5)
  await turn()
  assert.is(made.length, 5)
  await until(() => {
    gates.shift()?.()
    return liveRuns() === 0
  })
  assert.is(made.length, 10)
  await run.done
})

test('ready of an output waits for room anywhere downstream', async () => {
  const { node, gates } = gated()
  let sent = 0
  const eager = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket }, timestampOffset: 'own' }, ({ outputs }) => ({
    async process() {
      for (; sent < 20; sent++) {
        outputs[''].send(sent)
        await outputs[''].ready
      }
    },
  }))
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['out'],
      maxQueueSize: 4,
      nodes: [
        { calculator: eager, in: ['in'], out: ['s1'] },
        { calculator: pass, in: ['s1'], out: ['s2'] },
        { calculator: node, in: ['s2'], out: ['out'] },
      ],
    }),
  )
  const run = graph.start()
  const out = collect(run, 'out')
  run.push('in', 'go')
  run.close()
  await until(() => sent >= 4)
  await turn()
  assert.ok(sent < 10, `${sent} sent while the queue of 4 was full`)
  await until(() => {
    gates.shift()?.()
    return liveRuns() === 0
  })
  await run.done
  assert.is(out.length, 20)
})

test('a reader that takes its time holds back the sources, and is no deadlock', async () => {
  const graph = new Graph(
    plan({
      out: ['out'],
      maxQueueSize: 5,
      reportDeadlock: true,
      nodes: [
        { calculator: source(Array.from({ length: 50 }, (_, k) => k)), out: ['numbers'] },
        { calculator: pass, in: ['numbers'], out: ['out'] },
      ],
    }),
  )
  const events: TraceEvent[] = []
  const run = graph.start({ trace: (event) => events.push(event) })
  const reader = run.read('out')
  await run.waitUntilIdle()
  const sent = () => events.filter(({ kind, stream }) => kind === 'send' && stream === 'out').length
  assert.is(sent(), 5)
  assert.is((await reader.next()).value?.value, 0)
  await run.waitUntilIdle()
  assert.is(sent(), 6)
  const rest: unknown[] = []
  for await (const { value } of reader) rest.push(value)
  assert.equal(
    rest,
    Array.from({ length: 49 }, (_, k) => k + 1),
  )
  await run.done
})

test('a reader that waits while another output is full is a deadlock, and is resolved', async () => {
  const graph = new Graph(
    plan({
      out: ['left', 'right'],
      maxQueueSize: 2,
      nodes: [
        { calculator: source([1, 2, 3, 4, 5, 6]), out: ['numbers'] },
        { calculator: pass, in: ['numbers'], out: ['left'] },
        { calculator: pass, in: ['numbers'], out: ['right'] },
      ],
    }),
  )
  const run: Run = graph.start()
  const [left, right] = [run.read('left'), run.read('right')]
  const got: unknown[] = []
  for await (const { value } of left) got.push(value)
  for await (const { value } of right) got.push(value)
  assert.equal(got, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
})

test('a queue without limit holds nothing back', async () => {
  const run = pair(-1, true).start()
  for (let k = 0; k < 500; k++) run.push('in_1', k)
  await run.waitUntilIdle()
  const out = collect(run, 'out_1')
  run.close()
  await run.done
  assert.is(out.length, 500)
})

test.run()
