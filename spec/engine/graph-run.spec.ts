import { getEventListeners } from 'node:events'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import { AnyPacket, calculator, EngineError as EngineFailure, Graph, liveRuns } from '../../engine/index.ts'
import { plan } from '../support/plan.ts'
import { collect, deferred, pass, source, turn, values } from '../support/sketch-calculators.ts'

const ports = { inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }

const failure = (promise: Promise<unknown>): Promise<EngineError> =>
  promise.then(
    () => assert.unreachable('should reject'),
    (error) => error,
  )

/** Waits in process until it is aborted; notes what happens. */
function patient() {
  const log: unknown[] = []
  const started = deferred()
  const node = calculator(ports, ({ signal }) => ({
    async process() {
      started.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      log.push(signal.reason)
      signal.throwIfAborted()
    },
    close() {
      log.push('closed')
    },
  }))
  return { node, log, started: started.promise }
}

const passing = new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: pass, in: ['in'], out: ['out'] }] }))

test('cancel aborts what is at work, closes the nodes, and settles then', async () => {
  const { node, log, started } = patient()
  const graph = new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: node, in: ['in'], out: ['out'] }] }))
  const run = graph.start()
  const reading = run.read('out').next()
  run.push('in', 1)
  await started
  run.cancel('enough')
  const error = await failure(run.done)
  assert.is(error.code, 'cancelled')
  assert.match(error.message, 'enough')
  assert.is(await failure(reading), error)
  assert.equal(log, [error, 'closed'])
  assert.is(liveRuns(), 0)
  run.cancel('again')
  assert.is(await failure(run.done), error)
})

test('one listener on the signal given, none once the run is over', async () => {
  const controller = new AbortController()
  const listeners = () => getEventListeners(controller.signal, 'abort').length
  const nodes = Array.from({ length: 12 }, (_, k) => ({
    calculator: patient().node,
    in: [k === 0 ? 'in' : `s${k}`],
    out: [`s${k + 1}`],
  }))
  const run = new Graph(plan({ in: ['in'], out: ['s12'], nodes })).start({ signal: controller.signal })
  run.push('in', 1)
  await turn()
  assert.is(listeners(), 1)
  controller.abort()
  assert.is((await failure(run.done)).code, 'cancelled')
  assert.is(listeners(), 0)
  const other = new AbortController()
  const done = passing.start({ signal: other.signal })
  assert.is(getEventListeners(other.signal, 'abort').length, 1)
  done.close()
  await done.done
  assert.is(getEventListeners(other.signal, 'abort').length, 0)
})

test('an EngineError as the reason is the failure; a timeout is a missed deadline', async () => {
  const reason = new EngineFailure('overloaded', 'drain')
  const run = passing.start()
  run.cancel(reason)
  assert.is(await failure(run.done), reason)
  const late = passing.start({ signal: AbortSignal.abort(new DOMException('too late', 'TimeoutError')) })
  assert.is((await failure(late.done)).code, 'deadline_exceeded')
})

test('a signal that is already aborted opens nothing', async () => {
  let opened = 0
  const node = calculator(ports, () => {
    opened += 1
    return { process() {} }
  })
  const graph = new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: node, in: ['in'], out: ['out'] }] }))
  const run = graph.start({ signal: AbortSignal.abort() })
  assert.throws(
    () => run.push('in', 1),
    (error: EngineError) => error.code === 'cancelled',
  )
  assert.is((await failure(run.done)).code, 'cancelled')
  assert.is((await failure(run.read('out').next())).code, 'cancelled')
  assert.is(opened, 0)
  assert.is(liveRuns(), 0)
})

test('a run that is cancelled while it opens closes what has been opened, and opens nothing more', async () => {
  const log: string[] = []
  const gate = deferred()
  const slow = calculator(ports, async ({ node }) => {
    await gate.promise
    log.push(`${node} opened`)
    return { process() {}, close: () => void log.push(`${node} closed`) }
  })
  const late = calculator({ ...ports, sides: { MADE: AnyPacket } }, ({ node }) => {
    log.push(`${node} opened`)
    return { process() {} }
  })
  const maker = calculator({ ...ports, sideOutputs: { MADE: AnyPacket } }, ({ node }) => ({
    process() {},
    close: () => void log.push(`${node} closed`),
  }))
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['out'],
      nodes: [
        { name: 'slow', calculator: slow, in: ['in'], out: ['s1'] },
        { name: 'maker', calculator: maker, in: ['s1'], out: ['s2'], sideOutputs: ['MADE:made'] },
        { name: 'late', calculator: late, in: ['s2'], out: ['out'], sides: ['MADE:made'] },
      ],
    }),
  )
  const run = graph.start()
  await turn()
  run.cancel()
  assert.equal(log, ['maker closed'])
  assert.is(liveRuns(), 1)
  gate.resolve()
  await failure(run.done)
  assert.equal(log, ['maker closed', 'slow opened', 'slow closed'])
})

test('when all outputs have closed the run ends, and what is still at work is aborted', async () => {
  const { node, log, started } = patient()
  const once = calculator(ports, ({ outputs }) => ({
    async process(inputs) {
      await started
      outputs[''].send(inputs[''].value)
      outputs[''].close()
    },
  }))
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['out'],
      nodes: [
        { calculator: node, in: ['in'], out: ['aside'] },
        { calculator: once, in: ['in'], out: ['out'] },
      ],
    }),
  )
  const run = graph.start()
  const out = collect(run, 'out')
  run.push('in', 'x')
  await run.done
  assert.equal(values(out), ['x'])
  assert.is((log[0] as EngineError).code, 'cancelled')
  assert.is(log[1], 'closed')
  run.push('in', 'dropped')
  await run.ready('in')
  run.close()
  assert.is(liveRuns(), 0)
})

test('once the run is over ready of an output rejects, and what is sent goes nowhere', async () => {
  const gate = deferred()
  const reasons: unknown[] = []
  const node = calculator(ports, ({ outputs }) => ({
    async process() {
      await gate.promise
      outputs[''].send('late')
      void outputs[''].ready
      assert.is(outputs[''].isClosed, true)
      await outputs[''].ready.catch((reason) => reasons.push(reason.code))
    },
  }))
  const graph = new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: node, in: ['in'], out: ['out'] }] }))
  const run = graph.start()
  const out = collect(run, 'out')
  run.push('in', 1)
  await turn()
  run.cancel()
  gate.resolve()
  await failure(run.done)
  assert.equal(reasons, ['cancelled'])
  assert.equal(values(out), [])
})

test('the signal is not aborted when everything ends by itself', async () => {
  const signals: AbortSignal[] = []
  const node = calculator(ports, ({ signal }) => {
    signals.push(signal)
    return { process() {} }
  })
  const graph = new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: node, in: ['in'], out: ['out'] }] }))
  const run = graph.start()
  run.close()
  await run.done
  assert.is(signals[0]?.aborted, false)
})

test('a graph without outputs ends when all nodes have closed; without nodes at once', async () => {
  let processed = 0
  const sink = calculator({ inputs: { '': AnyPacket } }, () => ({
    async process() {
      await Promise.resolve()
      processed += 1
    },
  }))
  const graph = new Graph(
    plan({
      nodes: [
        { calculator: source([1, 2, 3]), out: ['numbers'] },
        { calculator: sink, in: ['numbers'] },
      ],
    }),
  )
  await graph.start().done
  assert.is(processed, 3)
  await new Graph(plan({ nodes: [] })).start().done
  assert.is(liveRuns(), 0)
})

test('inputs and outputs are known by tag, index and name; unknown ones are named', async () => {
  const graph = new Graph(plan({ in: ['IN:a', 'IN:1:b', 'c'], out: ['OUT:a', 'OUT:1:b', 'c'], nodes: [] }))
  const run = graph.start()
  const packets = ['OUT', 'OUT:1', 'c'].map((port) => collect(run, port))
  for (const port of ['IN', 'IN:1', 'c']) run.push(port, port)
  for (const action of [
    () => run.push('WRONG', 1),
    () => run.read('WRONG'),
    () => run.close('WRONG'),
    () => run.advance('WRONG', 1),
  ]) {
    assert.throws(action, (error: EngineError) => error.code === 'internal' && error.message.includes('WRONG'))
  }
  run.close()
  await run.done
  assert.equal(packets.map(values), [['IN'], ['IN:1'], ['c']])
})

test('a push out of order is refused and harms nothing', async () => {
  const run = passing.start()
  const out = collect(run, 'out')
  run.push('in', 'a', 5)
  for (const time of [5, 4]) {
    assert.throws(
      () => run.push('in', 'b', time),
      (error: EngineError) => error.code === 'internal' && error.message.includes('"in"'),
    )
  }
  run.advance('in', 10)
  assert.throws(() => run.advance('in', 9))
  run.push('in', 'c')
  run.close('in')
  assert.throws(() => run.push('in', 'd'))
  await run.done
  assert.equal(out, [
    { value: 'a', timestamp: 5 },
    { value: 'c', timestamp: 10 },
  ])
})

test('waitUntilIdle waits for what is at work, and fails with the run', async () => {
  const gate = deferred()
  const slow = calculator(ports, ({ outputs }) => ({
    async process(inputs) {
      await gate.promise
      if (inputs[''].value === 'bad') throw new Error('bad')
      outputs[''].send(inputs[''].value)
    },
  }))
  const run = new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: slow, in: ['in'], out: ['out'] }] })).start()
  const out = collect(run, 'out')
  run.push('in', 'good')
  const idle = run.waitUntilIdle()
  gate.resolve()
  await idle
  assert.equal(values(out), ['good'])
  run.push('in', 'bad')
  assert.match((await failure(run.waitUntilIdle())).message, 'bad')
  assert.match((await failure(run.waitUntilIdle())).message, 'bad')
})

test('runs of one graph are independent', async () => {
  const counting = calculator(ports, ({ outputs }) => {
    let count = 0
    return { process: () => outputs[''].send(++count) }
  })
  const graph = new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: counting, in: ['in'], out: ['out'] }] }))
  const runs = Array.from({ length: 5 }, () => graph.start())
  assert.is(liveRuns(), 5)
  assert.is(new Set(runs.map(({ id }) => id)).size, 5)
  const outs = runs.map((run) => collect(run, 'out'))
  runs.forEach((run, k) => {
    for (let n = 0; n <= k; n++) run.push('in', n)
    run.close()
  })
  await Promise.all(runs.map(({ done }) => done))
  assert.equal(outs.map(values), [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]])
  assert.is(liveRuns(), 0)
})

test('a run that is over is gone with the next young collection', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: (kind: { readonly type: 'minor' | 'major' }) => void = runInNewContext('gc')
  const oldBytes = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')!.space_used_size
  const runs = async (count: number) => {
    for (let each = 0; each < count; each++) {
      const run = passing.start()
      run.push('in', 1)
      run.close()
      await run.done
    }
    // What is still alive in the second is old.
    collectGarbage({ type: 'minor' })
    collectGarbage({ type: 'minor' })
  }
  await runs(1000)
  collectGarbage({ type: 'major' })
  const before = oldBytes()
  await runs(1000)
  assert.ok(oldBytes() - before < 500_000, `${oldBytes() - before} bytes of 1000 runs are old`)
})

test.run()
