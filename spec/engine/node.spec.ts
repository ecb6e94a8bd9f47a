import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Context, Packet, Ports } from '../../engine/index.ts'
import { AnyPacket, calculator, EngineError, Graph, liveRuns, STOP, Timestamp } from '../../engine/index.ts'
import { plan } from '../support/plan.ts'
import { collect, deferred, pass, recorder, type Seen, source, times, values } from '../support/sketch-calculators.ts'

const ports = { inputs: { '': AnyPacket }, outputs: { '': AnyPacket } }

/** `in` → calculators in a row → `out`. */
function row(...calculators: Parameters<typeof plan>[0]['nodes'][number]['calculator'][]) {
  const nodes = calculators.map((each, k) => ({
    calculator: each,
    in: [k === 0 ? 'in' : `s${k}`],
    out: [k === calculators.length - 1 ? 'out' : `s${k + 1}`],
  }))
  return new Graph(plan({ in: ['in'], out: ['out'], nodes }))
}

const failure = (promise: Promise<void>): Promise<EngineError> =>
  promise.then(
    () => assert.unreachable('the run should fail'),
    (error) => error,
  )

test('opens, processes and closes, each in its turn', async () => {
  const log: string[] = []
  const lively = (name: string) =>
    calculator(ports, ({ outputs }) => {
      log.push(`${name} opens`)
      return {
        process(inputs) {
          log.push(`${name} processes ${inputs[''].value}`)
          outputs[''].send(inputs[''].value)
        },
        close() {
          log.push(`${name} closes`)
        },
      }
    })
  const run = row(lively('first'), lively('second')).start()
  const out = collect(run, 'out')
  run.push('in', 'x')
  assert.equal(log, [])
  run.close()
  await run.done
  assert.equal(values(out), ['x'])
  assert.equal(log, ['first opens', 'second opens', 'first processes x', 'second processes x', 'first closes', 'second closes'])
})

test('waits for asynchronous open, process and close', async () => {
  const opened = deferred()
  const closing = deferred()
  const closed = deferred()
  const patient = calculator(ports, async ({ outputs }) => {
    await opened.promise
    return {
      async process(inputs) {
        await Promise.resolve()
        outputs[''].send(inputs[''].value)
      },
      async close() {
        closing.resolve()
        await closed.promise
        outputs[''].send('last')
      },
    }
  })
  const run = row(patient).start()
  const out = collect(run, 'out')
  run.push('in', 'x')
  run.close()
  opened.resolve()
  await closing.promise
  assert.equal(values(out), ['x'])
  assert.is(liveRuns(), 1)
  closed.resolve()
  await run.done
  assert.equal(values(out), ['x', 'last'])
})

test('a firing may send many packets over time', async () => {
  const gates = [deferred(), deferred()]
  const streaming = calculator({ ...ports, timestampOffset: 'own' }, ({ outputs }) => ({
    async process() {
      for (const [k, gate] of gates.entries()) {
        await gate.promise
        outputs[''].send(k)
      }
    },
  }))
  const run = row(streaming).start()
  const packets = run.read('out')
  run.push('in', 'x')
  run.close()
  for (const [k, gate] of gates.entries()) {
    gate.resolve()
    assert.equal(await packets.next(), { done: false, value: { value: k, timestamp: k } })
  }
  await run.done
})

test('one firing at a time, in the order of their inputs', async () => {
  const order: unknown[] = []
  const slow = calculator(ports, ({ outputs }) => ({
    async process(inputs) {
      order.push(`begin ${inputs[''].value}`)
      for (let k = 0; k < 5 - (inputs[''].value as number); k++) await Promise.resolve()
      order.push(`end ${inputs[''].value}`)
      outputs[''].send(inputs[''].value)
    },
  }))
  const run = row(slow).start()
  for (const value of [1, 2]) run.push('in', value)
  run.close()
  await run.done
  assert.equal(order, ['begin 1', 'end 1', 'begin 2', 'end 2'])
})

test('packets can be sent from open and from close; without a time they follow the last', async () => {
  const framed = calculator(ports, ({ outputs }) => {
    outputs[''].send('open')
    return {
      process(inputs) {
        outputs[''].send(inputs[''].value)
      },
      close() {
        outputs[''].send('close')
      },
    }
  })
  const run = row(framed).start()
  const out = collect(run, 'out')
  run.push('in', 'x', 7)
  run.close()
  await run.done
  assert.equal(out, [
    { value: 'open', timestamp: 0 },
    { value: 'x', timestamp: 7 },
    { value: 'close', timestamp: 8 },
  ] satisfies Packet[])
})

test('what close sends without a time comes after the last firing, also if that sent nothing', async () => {
  const summary = calculator(ports, ({ outputs }) => {
    let count = 0
    return {
      process() {
        count += 1
      },
      close() {
        outputs[''].send(count)
      },
    }
  })
  const run = row(summary).start()
  const out = collect(run, 'out')
  run.push('in', 'x', 3)
  run.push('in', 'y', 9)
  run.close()
  await run.done
  assert.equal(out, [{ value: 2, timestamp: 10 }])
})

test('a packet sent without a time has the firing time, shifted by the offset', async () => {
  for (const [timestampOffset, expected] of [
    [0, [3, 9]],
    [5, [8, 14]],
    ['own', [0, 1]],
  ] as const) {
    const sender = calculator({ ...ports, timestampOffset }, ({ outputs }) => ({
      process(inputs) {
        outputs[''].send(inputs[''].value)
      },
    }))
    const run = row(sender).start()
    const out = collect(run, 'out')
    run.push('in', 'x', 3)
    run.push('in', 'y', 9)
    run.close()
    await run.done
    assert.equal(times(out), expected)
  }
})

test('a source processes until it stops, then closes its outputs', async () => {
  const graph = new Graph(plan({ out: ['out'], nodes: [{ calculator: source(['a', 'b', 'c']), out: ['out'] }] }))
  const run = graph.start()
  const out = collect(run, 'out')
  await run.done
  assert.equal(
    out.map(({ value, timestamp }) => [value, timestamp]),
    [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ],
  )
})

test('a source without outputs processes until it stops, too', async () => {
  let count = 0
  const worker = calculator({}, () => ({ process: () => (++count === 5 ? STOP : undefined) }))
  await new Graph(plan({ nodes: [{ calculator: worker }] })).start().done
  assert.is(count, 5)
})

test('a source that has closed its outputs is not asked again', async () => {
  let asked = 0
  const closer = calculator({ outputs: { '': AnyPacket } }, ({ outputs }) => ({
    process() {
      asked += 1
      outputs[''].send(asked)
      if (asked === 3) outputs[''].close()
    },
  }))
  const log: Seen[] = []
  const graph = new Graph(
    plan({
      nodes: [
        { calculator: closer, out: ['out'] },
        { calculator: recorder(log, ['A']), in: ['A:out'] },
      ],
    }),
  )
  await graph.start().done
  assert.is(asked, 3)
  assert.is(log.length, 3)
})

test('STOP from a node with inputs stops the sources and closes the inputs of the graph', async () => {
  const endless = calculator({ outputs: { '': AnyPacket } }, ({ outputs }) => {
    let count = 0
    return { process: () => outputs[''].send(count++) }
  })
  const enough = calculator(ports, ({ outputs }) => ({
    process(inputs) {
      outputs[''].send(inputs[''].value)
      return inputs[''].value === 3 ? STOP : undefined
    },
  }))
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['out', 'passed'],
      nodes: [
        { calculator: endless, out: ['numbers'] },
        { calculator: enough, in: ['numbers'], out: ['out'] },
        { calculator: pass, in: ['in'], out: ['passed'] },
      ],
    }),
  )
  const run = graph.start()
  const out = collect(run, 'out')
  await run.done
  assert.equal(values(out), [0, 1, 2, 3])
})

test('what is sent to a closed output is an error that names stream, node, calculator and place', async () => {
  const careless = calculator(ports, ({ outputs }) => ({
    process() {
      outputs[''].close()
      assert.is(outputs[''].isClosed, true)
      outputs[''].send('late')
    },
  }))
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['out', 'in'],
      nodes: [{ name: 'careless', calculator: careless, in: ['in'], out: ['out'] }],
    }),
  )
  const run = graph.start()
  run.push('in', 1)
  const error = await failure(run.done)
  assert.is(error.code, 'internal')
  assert.is(error.node, 'careless')
  assert.is(error.calculator, 'SketchCalculator')
  assert.is(error.where, 'graph.yaml:1:5')
  assert.match(error.message, '"out"')
})

for (const [title, send] of [
  [
    'out of order',
    (context: Context<Ports, Ports, Ports, unknown>) =>
      (context.outputs[''] as never as { send(v: unknown, t: number): void }).send(0, 2),
  ],
  [
    'at a time that no packet may have',
    (context) => (context.outputs[''] as never as { send(v: unknown, t: number): void }).send(0, Timestamp.UNSTARTED),
  ],
] as [string, (context: Context<Ports, Ports, Ports, unknown>) => void][]) {
  test(`sending ${title} fails the run`, async () => {
    const careless = calculator(ports, (context) => ({
      process() {
        context.outputs[''].send(1)
        send(context as never)
      },
    }))
    const run = row(careless).start()
    run.push('in', 1, 5)
    const error = await failure(run.done)
    assert.is(error.code, 'internal')
    assert.is(error.where, 'graph.yaml:1:5')
  })
}

// What can go wrong: every phase, thrown at once or later, as an Error, an EngineError or something else.
const thrown = {
  Error: () => new TypeError('too bad'),
  EngineError: () => new EngineError('invalid_value', 'n must be 1', { param: 'n' }),
  string: () => 'just a string',
  undefined: () => undefined,
}
for (const phase of ['open', 'process', 'close'] as const) {
  for (const isAsync of [false, true]) {
    for (const [kind, make] of Object.entries(thrown)) {
      test(`${phase} fails ${isAsync ? 'later' : 'at once'} with ${kind}: the run fails with it, and who was opened is closed`, async () => {
        const opened: string[] = []
        const closed: string[] = []
        const fault = (at: string): void | Promise<void> => {
          if (at !== phase) return undefined
          if (isAsync) return Promise.resolve().then(() => Promise.reject(make()))
          throw make()
        }
        const member = (reach: typeof fault) =>
          calculator(ports, ({ node, outputs }) => {
            const begun = () => {
              opened.push(node)
              return {
                process(inputs: { readonly '': { readonly value: unknown } }) {
                  outputs[''].send(inputs[''].value)
                  return reach('process')
                },
                close() {
                  closed.push(node)
                  return reach('close')
                },
              }
            }
            const opening = reach('open')
            return opening ? opening.then(begun) : begun()
          })
        const sound = member(() => undefined)
        const run = row(sound, member(fault), sound).start()
        run.push('in', 1)
        run.close()
        const error = await failure(run.done)
        assert.is(error.node, 'node1')
        assert.is(error.where, 'graph.yaml:2:5')
        if (kind === 'EngineError') {
          assert.is(error.code, 'invalid_value')
          assert.is(error.param, 'n')
          assert.is(error.message, 'n must be 1')
        } else {
          assert.is(error.code, 'internal')
          assert.match(error.message, `SketchCalculator, node node1 (graph.yaml:2:5): ${phase} failed`)
        }
        assert.equal([...closed].sort(), [...opened].sort())
        assert.is(opened.includes('node1'), phase !== 'open')
        assert.is(liveRuns(), 0)
      })
    }
  }
}

test("an author's mistake is told with its place, also when the engine finds it", async () => {
  const twice = calculator({ ...ports, sideOutputs: { TWICE: AnyPacket } }, ({ sideOutputs }) => ({
    process() {
      sideOutputs.TWICE.set(1)
      sideOutputs.TWICE.set(2)
    },
  }))
  const misled = calculator(ports, ({ node }) => ({
    process() {
      throw new EngineError('bad_graph', `${node} was wired wrongly.`, { node })
    },
  }))
  for (const [code, each] of [
    ['internal', twice],
    ['bad_graph', misled],
  ] as const) {
    const nodes = [{ calculator: each, in: ['in'], out: ['out'], ...(each === twice && { sideOutputs: ['TWICE:twice'] }) }]
    const run = new Graph(plan({ in: ['in'], out: ['out'], nodes })).start()
    run.push('in', 1)
    const error = await failure(run.done)
    assert.equal([error.code, error.where, error.calculator], [code, 'graph.yaml:1:5', 'SketchCalculator'])
    assert.match(error.message, 'SketchCalculator, node node0 (graph.yaml:1:5): process failed: ')
    assert.instance(error.cause, EngineError)
  }
})

test('a calculator that opens as nothing that processes fails there', async () => {
  for (const nothing of [undefined, null, STOP, { proces() {} }]) {
    const run = row(calculator(ports, (() => nothing) as never)).start()
    run.push('in', 1)
    const error = await failure(run.done)
    assert.match(error.message, 'open failed: ')
    assert.is(error.where, 'graph.yaml:1:5')
  }
  assert.is(liveRuns(), 0)
})

test('an EngineError keeps its own place if it has one', async () => {
  const elsewhere = new EngineError('internal', 'inner', { node: 'inner', where: 'other.yaml:3:1' })
  const faulty = calculator(ports, () => ({
    process() {
      throw elsewhere
    },
  }))
  const run = row(faulty).start()
  run.push('in', 1)
  assert.is(await failure(run.done), elsewhere)
})

test('after a failure nothing that other nodes send gets through, and the first failure is the one told', async () => {
  const gate = deferred()
  const late = calculator(ports, ({ outputs }) => ({
    async process() {
      await gate.promise
      outputs[''].send('too late')
      throw new Error('second')
    },
  }))
  const failing = calculator({ inputs: { '': AnyPacket } }, () => ({
    async process() {
      await Promise.resolve()
      throw new Error('first')
    },
  }))
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['out'],
      nodes: [
        { calculator: late, in: ['in'], out: ['out'] },
        { calculator: failing, in: ['in'] },
      ],
    }),
  )
  const run = graph.start()
  const out = collect(run, 'out')
  run.push('in', 1)
  const error = failure(run.done)
  assert.is(
    (
      await failure(
        run
          .read('out')
          .next()
          .then(() => {}),
      )
    ).code,
    'internal',
  )
  assert.is(liveRuns(), 1)
  gate.resolve()
  assert.match((await error).message, 'first')
  assert.equal(values(out), [])
  assert.is(liveRuns(), 0)
})

test.run()
