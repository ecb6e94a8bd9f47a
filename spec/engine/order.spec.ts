import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Calculator, EngineError } from '../../engine/index.ts'
import { AnyPacket, calculator, Graph, liveRuns } from '../../engine/index.ts'
import { plan } from '../support/plan.ts'
import {
  collect,
  type Deferred,
  deferred,
  recorder,
  type Seen,
  times,
  turn,
  until,
  values,
} from '../support/sketch-calculators.ts'

const one = (node: Calculator, maxInFlight: number) =>
  new Graph(plan({ in: ['in'], out: ['out'], nodes: [{ calculator: node, in: ['in'], out: ['out'], maxInFlight }] }))

/** Each firing waits for its gate; `gates[k]` is that of the packet with value k. */
function gated(timestampOffset: number | 'own' = 0) {
  const gates = Array.from({ length: 8 }, () => deferred())
  const state = { inFlight: 0, most: 0, gates }
  const node = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket }, timestampOffset }, ({ outputs }) => ({
    async process(inputs) {
      const value = inputs[''].value as number
      state.inFlight += 1
      state.most = Math.max(state.most, state.inFlight)
      outputs[''].send(`begin ${value}`)
      await gates[value]!.promise
      if (timestampOffset === 'own') outputs[''].send(`end ${value}`)
      state.inFlight -= 1
    },
  }))
  return { node, state }
}

test('up to max_in_flight firings at once, and their packets in the order of the inputs', async () => {
  const { node, state } = gated('own')
  const run = one(node, 3).start()
  const out = collect(run, 'out')
  for (let k = 0; k < 5; k++) run.push('in', k)
  run.close()
  await until(() => state.inFlight === 3)
  assert.equal(values(out), ['begin 0'])
  state.gates[2]!.resolve()
  state.gates[1]!.resolve()
  await turn()
  assert.equal(values(out), ['begin 0'])
  state.gates[0]!.resolve()
  await turn()
  assert.equal(values(out), ['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3'])
  for (const { resolve } of state.gates) resolve()
  await run.done
  assert.is(state.most, 3)
  assert.equal(times(out), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a packet without a time gets that of its own firing, also after an await', async () => {
  const gates = [deferred(), deferred(), deferred()]
  const node = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    async process(inputs) {
      await gates[inputs[''].value as number]!.promise
      outputs[''].send(inputs[''].value)
    },
  }))
  const run = one(node, 3).start()
  const out = collect(run, 'out')
  for (let k = 0; k < 3; k++) run.push('in', k, k * 10)
  run.close()
  for (const gate of [...gates].reverse()) {
    gate.resolve()
    await turn()
  }
  await run.done
  assert.equal(out, [
    { value: 0, timestamp: 0 },
    { value: 1, timestamp: 10 },
    { value: 2, timestamp: 20 },
  ])
})

test('a packet sent by a callback belongs to the firing whose time it names', async () => {
  const callbacks: (() => void)[] = []
  const finished: Deferred[] = []
  const node = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    async process(inputs, timestamp) {
      const { value } = inputs['']
      const done = deferred()
      finished.push(done)
      callbacks.push(() => outputs[''].send(value, timestamp))
      await done.promise
    },
  }))
  const run = one(node, 2).start()
  const out = collect(run, 'out')
  run.push('in', 'a')
  run.push('in', 'b')
  run.close()
  await until(() => callbacks.length === 2)
  callbacks[1]!()
  finished[1]!.resolve()
  await turn()
  assert.equal(values(out), [])
  callbacks[0]!()
  finished[0]!.resolve()
  await run.done
  assert.equal(values(out), ['a', 'b'])
})

test('a firing that can not be told is an error, not a guess', async () => {
  const callbacks: (() => void)[] = []
  const end = deferred()
  const node = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    async process() {
      callbacks.push(() => outputs[''].send('whose?'))
      await end.promise
    },
  }))
  const run = one(node, 2).start()
  run.push('in', 'a')
  run.push('in', 'b')
  run.close()
  await until(() => callbacks.length === 2)
  assert.throws(
    () => callbacks[0]!(),
    (error: EngineError) => error.code === 'internal',
  )
  end.resolve()
  await run.done
})

test('bounds wait for the oldest firing in flight', async () => {
  const { node, state } = gated()
  const log: Seen[] = []
  const graph = new Graph(
    plan({
      in: ['in'],
      nodes: [
        { calculator: node, in: ['in'], out: ['s'], maxInFlight: 2 },
        { calculator: recorder(log, ['A', 'B']), in: ['A:s', 'B:in'] },
      ],
    }),
  )
  const run = graph.start()
  for (let k = 0; k < 3; k++) run.push('in', k)
  await turn()
  assert.equal(
    log.map(({ at }) => at),
    [0],
  )
  state.gates[1]!.resolve()
  await turn()
  assert.equal(
    log.map(({ at }) => at),
    [0],
  )
  state.gates[0]!.resolve()
  await turn()
  assert.equal(
    log.map(({ at }) => at),
    [0, 1, 2],
  )
  for (const { resolve } of state.gates) resolve()
  run.close()
  await run.done
})

test('a failure of one firing fails the run; it settles when the others have ended', async () => {
  const gates = [deferred(), deferred()]
  const node = calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }, ({ outputs }) => ({
    async process(inputs) {
      await gates[inputs[''].value as number]!.promise
      outputs[''].send(inputs[''].value)
      throw new Error('no')
    },
  }))
  const run = one(node, 2).start()
  const out = collect(run, 'out')
  run.push('in', 0)
  run.push('in', 1)
  run.close()
  await turn()
  gates[1]!.resolve()
  await turn()
  assert.is(liveRuns(), 1)
  gates[0]!.resolve()
  const error = await run.done.catch((reason) => reason)
  assert.match(error.message, 'process failed: no')
  assert.equal(values(out), [])
  assert.is(liveRuns(), 0)
})

test.run()
