import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Calculator, Packet } from '../../engine/index.ts'
import { AnyPacket, calculator, Graph, liveRuns, optional, STOP } from '../../engine/index.ts'
import { plan } from '../support/plan.ts'
import { adder, collect, pass, source, values } from '../support/sketch-calculators.ts'

/** Sends the packets it gets, and notes them. */
const noting = (log: unknown[], name: string): Calculator =>
  calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    process(inputs) {
      log.push(`${name}${inputs[''].value}`)
      outputs[''].send(inputs[''].value)
    },
  }))

test('of the nodes that are due the one nearest the sinks goes first, and sources go last', async () => {
  const log: unknown[] = []
  const counting = (name: string) =>
    calculator({ outputs: { '': AnyPacket } }, ({ outputs }) => {
      let count = 0
      return {
        process() {
          if (count === 3) return STOP
          log.push(`${name} makes ${count}`)
          outputs[''].send(count++)
          return undefined
        },
      }
    })
  const graph = new Graph(
    plan({
      nodes: [
        { calculator: counting('source'), out: ['s0'] },
        { calculator: noting(log, 'first '), in: ['s0'], out: ['s1'] },
        { calculator: noting(log, 'second '), in: ['s1'], out: ['s2'] },
      ],
    }),
  )
  await graph.start().done
  assert.equal(
    log,
    [0, 1, 2].flatMap((k) => [`source makes ${k}`, `first ${k}`, `second ${k}`]),
  )
})

test('of the sources of a layer the one furthest behind goes first', async () => {
  const log: unknown[] = []
  const graph = new Graph(
    plan({
      nodes: [
        { calculator: source(['a0', 'a10', 'a20'], [0, 10, 20]), out: ['a'] },
        { calculator: source(['b0', 'b5', 'b30'], [0, 5, 30]), out: ['b'] },
        { calculator: noting(log, ''), in: ['a'], out: ['a1'] },
        { calculator: noting(log, ''), in: ['b'], out: ['b1'] },
      ],
    }),
  )
  await graph.start().done
  assert.equal(log, ['a0', 'b0', 'a10', 'b5', 'b30', 'a20'])
})

/** A source that sends `before` in open and then `count` packets. */
const layered = (name: string, count: number, before: boolean): Calculator =>
  calculator({ outputs: { '': AnyPacket } }, ({ outputs }) => {
    if (before) outputs[''].send(`${name} opens`)
    let sent = 0
    return {
      async process() {
        await Promise.resolve()
        if (sent === count) return STOP
        outputs[''].send(`${name}${sent++}`)
        return undefined
      },
    }
  })

for (const maxQueueSize of [-1, 1]) {
  test(`sources of a layer run when those of the layers before are done, queue ${maxQueueSize}`, async () => {
    const log: unknown[] = []
    const sketch = plan({
      maxQueueSize,
      nodes: [
        { calculator: layered('late', 4, true), out: ['a'], sourceLayer: 1 },
        { calculator: layered('early', 4, false), out: ['b'], sourceLayer: 0 },
        { calculator: noting(log, ''), in: ['a'], out: ['a1'] },
        { calculator: noting(log, ''), in: ['b'], out: ['b1'] },
      ],
    })
    await new Graph(sketch).start().done
    const expected = ['late opens', ...[0, 1, 2, 3].map((k) => `early${k}`), ...[0, 1, 2, 3].map((k) => `late${k}`)]
    assert.equal(log, expected)
  })
}

/** Sends each packet on one later, after a first one at `start`. */
const unitDelay = (first: number | undefined): Calculator =>
  calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket }, timestampOffset: 1 }, ({ outputs }) => {
    if (first !== undefined) outputs[''].send(first, 0)
    return {
      process(inputs) {
        outputs[''].send(inputs[''].value)
      },
    }
  })

test('a loop computes running sums, and ends when nothing feeds it any more', async () => {
  const numbers = Array.from({ length: 100 }, (_, k) => k + 1)
  const graph = new Graph(
    plan({
      out: ['SUM:sum'],
      nodes: [
        { calculator: source(numbers), out: ['numbers'] },
        { calculator: adder, in: ['A:numbers', 'B:old_sum'], out: ['SUM:sum'], back: ['old_sum'] },
        { calculator: unitDelay(0), in: ['sum'], out: ['old_sum'] },
      ],
    }),
  )
  const run = graph.start()
  const sums = collect(run, 'SUM')
  await run.done
  assert.equal(
    sums,
    numbers.map((number, timestamp): Packet => ({ value: (number * (number + 1)) / 2, timestamp })),
  )
})

test('bounds alone travel round a loop until the next packet can be processed', async () => {
  const times = Array.from({ length: 101 }, (_, k) => k * 20)
  const remembering = calculator({ inputs: { A: AnyPacket, B: AnyPacket }, outputs: { SUM: AnyPacket } }, ({ outputs }) => {
    let old = 0
    return {
      process({ A, B }) {
        if (!B.isEmpty) old = B.value as number
        if (!A.isEmpty) outputs.SUM.send((A.value as number) + old)
      },
    }
  })
  const graph = new Graph(
    plan({
      out: ['SUM:sum'],
      nodes: [
        {
          calculator: source(
            times.map(() => 1),
            times,
          ),
          out: ['ones'],
        },
        { calculator: remembering, in: ['A:ones', 'B:old_sum'], out: ['SUM:sum'], back: ['old_sum'] },
        { calculator: unitDelay(0), in: ['sum'], out: ['old_sum'] },
      ],
    }),
  )
  const run = graph.start()
  const sums = collect(run, 'SUM')
  await run.done
  assert.equal(
    sums,
    times.map((timestamp, k): Packet => ({ value: k + 1, timestamp })),
  )
})

test('an immediate loop turns each packet round as often as it likes', async () => {
  const countdown = calculator(
    { inputs: { IN: AnyPacket, LOOP: AnyPacket }, outputs: { OUT: AnyPacket, LOOP: AnyPacket }, timestampOffset: 'own' },
    ({ outputs }) => ({
      process({ IN, LOOP }) {
        for (const input of [IN, LOOP]) {
          if (input.isEmpty) continue
          if (input.value === 0) outputs.OUT.send('done')
          else outputs.LOOP.send((input.value as number) - 1)
        }
      },
    }),
  )
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['out'],
      nodes: [
        {
          calculator: countdown,
          in: ['IN:in', 'LOOP:loop'],
          out: ['OUT:out', 'LOOP:loop'],
          back: ['loop'],
          policy: { kind: 'immediate' },
        },
      ],
    }),
  )
  const run = graph.start()
  const out = collect(run, 'out')
  run.push('in', 1000)
  run.push('in', 3)
  run.close()
  await run.done
  assert.equal(values(out), ['done', 'done'])
  assert.is(liveRuns(), 0)
})

test('a loop that nothing was put into ends too', async () => {
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['SUM:sum'],
      nodes: [
        { calculator: adder, in: ['A:in', 'B:old_sum'], out: ['SUM:sum'], back: ['old_sum'] },
        { calculator: unitDelay(undefined), in: ['sum'], out: ['old_sum'] },
      ],
    }),
  )
  const run = graph.start()
  const sums = collect(run, 'SUM')
  run.push('in', 1)
  run.close()
  await run.done
  assert.equal(sums, [])
})

for (const isAsync of [false, true]) {
  test(`endless ${isAsync ? 'asynchronous' : 'synchronous'} work lets timers and aborts through`, async () => {
    const endless = calculator({ outputs: { '': AnyPacket } }, ({ outputs }) => {
      let count = 0
      const send = () => outputs[''].send(count++)
      return { process: isAsync ? async () => send() : send }
    })
    const graph = new Graph(
      plan({
        nodes: [
          { calculator: endless, out: ['numbers'] },
          { calculator: pass, in: ['numbers'], out: ['passed'] },
        ],
      }),
    )
    const run = graph.start({ signal: AbortSignal.timeout(20) })
    const error = await run.done.catch((reason) => reason)
    assert.is(error.code, 'deadline_exceeded')
    assert.is(liveRuns(), 0)
  })
}

test('a process that sends for ever, awaiting ready, lets timers through and ends with its run', async () => {
  const endless = calculator(
    { inputs: { '': AnyPacket }, outputs: { '': AnyPacket }, timestampOffset: 'own' },
    ({ outputs }) => ({
      async process() {
        for (;;) {
          outputs[''].send(0)
          await outputs[''].ready
        }
      },
    }),
  )
  const nothing = calculator({ inputs: { '': optional(AnyPacket) } }, () => ({ process() {} }))
  const graph = new Graph(
    plan({
      in: ['in'],
      maxQueueSize: -1,
      nodes: [
        { calculator: endless, in: ['in'], out: ['s'] },
        { calculator: nothing, in: ['s'] },
      ],
    }),
  )
  const run = graph.start({ signal: AbortSignal.timeout(20) })
  run.push('in', 0)
  const error = await run.done.catch((reason) => reason)
  assert.is(error.code, 'deadline_exceeded')
  assert.is(liveRuns(), 0)
})

test.run()
