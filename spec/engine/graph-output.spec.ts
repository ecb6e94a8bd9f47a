import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import { AnyPacket, calculator, EngineError as EngineFailure, Graph, liveRuns } from '../../engine/index.ts'
import { plan } from '../support/plan.ts'
import { pass, values } from '../support/sketch-calculators.ts'

const graph = new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: pass, in: ['in'], out: ['out'] }] }))

const failure = (promise: Promise<unknown>): Promise<EngineError> =>
  promise.then(
    () => assert.unreachable('should reject'),
    (error) => error,
  )

test('a reader gets packets as they come, and ends with the output', async () => {
  const run = graph.start()
  const reader = run.read('out')
  const first = reader.next()
  run.push('in', 'a')
  assert.equal(await first, { done: false, value: { value: 'a', timestamp: 0 } })
  run.push('in', 'b')
  run.close()
  assert.is((await reader.next()).value?.value, 'b')
  assert.is((await reader.next()).done, true)
  assert.is((await reader.next()).done, true)
  await run.done
})

test('each reader and each observer of an output gets every packet', async () => {
  const run = graph.start()
  const seen: unknown[] = []
  run.observe('out', ({ value }) => seen.push(value))
  const readers = [run.read('out'), run.read('out')]
  run.push('in', 1)
  run.push('in', 2)
  run.close()
  for (const reader of readers) {
    const got: unknown[] = []
    for await (const { value } of reader) got.push(value)
    assert.equal(got, [1, 2])
  }
  assert.equal(seen, [1, 2])
})

test('leaving the loop cancels the run', async () => {
  const run = graph.start()
  run.push('in', 1)
  for await (const { value } of run.read('out')) {
    assert.is(value, 1)
    break
  }
  assert.is((await failure(run.done)).code, 'cancelled')
  assert.is(liveRuns(), 0)
})

test('leaving the loop of a run that has ended does nothing', async () => {
  const run = graph.start()
  const reader = run.read('out')
  run.push('in', 1)
  run.push('in', 2)
  run.close()
  await run.done
  assert.is((await reader.next()).value?.value, 1)
  assert.is((await reader.return?.())?.done, true)
  assert.is((await reader.next()).done, true)
  await run.done
})

test('a reader gets what was sent before a failure, then the failure', async () => {
  const faulty = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    process(inputs) {
      if (inputs[''].value === 'bad') throw new EngineFailure('invalid_value', 'bad', { param: 'x' })
      outputs[''].send(inputs[''].value)
    },
  }))
  const run = new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: faulty, in: ['in'], out: ['out'] }] })).start()
  const got: unknown[] = []
  const reader = run.read('out')
  for (const value of ['a', 'b', 'bad', 'c']) run.push('in', value)
  const reading = (async () => {
    for await (const { value } of reader) got.push(value)
  })()
  const error = await failure(reading)
  assert.is(error.code, 'invalid_value')
  assert.is(error.param, 'x')
  assert.equal(got, ['a', 'b'])
  assert.is((await reader.next().catch((reason) => reason)).code, 'invalid_value')
})

test('an output that nobody reads drops its packets; reading it later says so', async () => {
  const run = graph.start()
  run.push('in', 1)
  await run.waitUntilIdle()
  for (const late of [() => run.read('out'), () => run.observe('out', () => {})]) {
    assert.throws(late, (error: EngineError) => error.code === 'internal' && error.message.includes('1 packets'))
  }
  run.close()
  await run.done
})

test('an output that is read before it sends may be read late', async () => {
  const run = graph.start()
  await run.waitUntilIdle()
  const reader = run.read('out')
  run.push('in', 1)
  run.close()
  const got: unknown[] = []
  for await (const packet of reader) got.push(packet)
  assert.equal(values(got as never), [1])
  const again = graph.start()
  again.close()
  await again.done
  assert.is((await again.read('out').next()).done, true)
})

test('what an observer throws fails the run, and not the node that sent', async () => {
  const run = graph.start()
  run.observe('out', () => {
    throw new Error('no taste')
  })
  run.push('in', 1)
  const error = await failure(run.done)
  assert.is(error.code, 'internal')
  assert.is(error.node, undefined)
  assert.match(error.message, 'no taste')
})

test.run()
