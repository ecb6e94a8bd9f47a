import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Calculator, EngineError } from '../../engine/index.ts'
import { AnyPacket, calculator, Graph, liveRuns, many, optional } from '../../engine/index.ts'
import { plan } from '../support/plan.ts'
import { deferred } from '../support/sketch-calculators.ts'

const failure = (promise: Promise<void>): Promise<EngineError> =>
  promise.then(
    () => assert.unreachable('should reject'),
    (error) => error,
  )

/** Sets its side packet in open, in process or never. */
const maker = (when: 'open' | 'process' | 'never', twice = false): Calculator =>
  calculator({ inputs: { '': optional(AnyPacket) }, sideOutputs: { MADE: AnyPacket } }, ({ sideOutputs }) => {
    const set = () => {
      sideOutputs.MADE.set('made')
      if (twice) sideOutputs.MADE.set('again')
    }
    if (when === 'open') set()
    return {
      process() {
        if (when === 'process') set()
      },
    }
  })

const user = (log: unknown[]): Calculator =>
  calculator({ inputs: { '': optional(AnyPacket) }, sides: { USED: AnyPacket } }, ({ sides }) => {
    log.push(sides.USED)
    return {
      process(inputs) {
        log.push(inputs['']?.value)
      },
    }
  })

test('side packets given to the run reach every node that names them; more may be given', async () => {
  const log: unknown[] = []
  const looker = calculator(
    { sides: { ONE: AnyPacket, MORE: many(AnyPacket), NONE: optional(AnyPacket) }, inputs: { '': AnyPacket } },
    ({ sides }) => {
      log.push(sides.ONE, sides.MORE, sides.NONE)
      return { process() {} }
    },
  )
  const graph = new Graph(
    plan({
      in: ['in'],
      sides: ['LLM:llm', 'LLM:1:other', 'untagged'],
      nodes: [{ calculator: looker, in: ['in'], sides: ['ONE:llm', 'MORE:0:other', 'MORE:1:untagged'] }],
    }),
  )
  const run = graph.start({ sides: { LLM: 'a', 'LLM:1': 'b', untagged: 'c', TOKENIZER: 'not asked for' } })
  run.close()
  await run.done
  assert.equal(log, ['a', ['b', 'c'], undefined])
})

test('a missing side packet is refused at the start; an optional one may be missing', async () => {
  const log: unknown[] = []
  const required = new Graph(
    plan({ in: ['in'], sides: ['LLM:llm'], nodes: [{ calculator: user(log), in: ['in'], sides: ['USED:llm'] }] }),
  )
  assert.throws(
    () => required.start(),
    (error: EngineError) => error.code === 'bad_configuration' && error.message.includes('LLM'),
  )
  assert.is(liveRuns(), 0)
  const easy = calculator({ inputs: { '': AnyPacket }, sides: { USED: optional(AnyPacket) } }, ({ sides }) => {
    log.push(sides.USED)
    return { process() {} }
  })
  const run = new Graph(
    plan({ in: ['in'], sides: ['LLM:llm'], nodes: [{ calculator: easy, in: ['in'], sides: ['USED:llm'] }] }),
  ).start()
  run.close()
  await run.done
  assert.equal(log, [undefined])
})

for (const when of ['open', 'process'] as const) {
  test(`open waits for a side packet that another node sets in ${when}; packets wait meanwhile`, async () => {
    const log: unknown[] = []
    const graph = new Graph(
      plan({
        in: ['in'],
        sideOutputs: ['OUT:made'],
        nodes: [
          { calculator: user(log), in: ['in'], sides: ['USED:made'] },
          { calculator: maker(when), in: ['in'], sideOutputs: ['MADE:made'] },
        ],
      }),
    )
    const run = graph.start()
    run.push('in', 'x')
    run.close()
    assert.is(run.sideOutput('OUT'), undefined)
    await run.done
    assert.equal(log, ['made', 'x'])
    assert.is(run.sideOutput('OUT'), 'made')
  })
}

test('a side packet that is set later, by an asynchronous open', async () => {
  const gate = deferred()
  const log: unknown[] = []
  const slow = calculator({ inputs: { '': AnyPacket }, sideOutputs: { MADE: AnyPacket } }, async ({ sideOutputs }) => {
    await gate.promise
    sideOutputs.MADE.set('late')
    return { process() {} }
  })
  const graph = new Graph(
    plan({
      in: ['in'],
      nodes: [
        { calculator: user(log), in: ['in'], sides: ['USED:made'] },
        { calculator: slow, in: ['in'], sideOutputs: ['MADE:made'] },
      ],
    }),
  )
  const run = graph.start()
  run.push('in', 'x')
  run.close()
  await Promise.resolve()
  assert.equal(log, [])
  gate.resolve()
  await run.done
  assert.equal(log, ['late', 'x'])
})

test('a side packet is set once', async () => {
  const graph = new Graph(
    plan({ in: ['in'], nodes: [{ calculator: maker('open', true), in: ['in'], sideOutputs: ['MADE:made'] }] }),
  )
  const error = await failure(graph.start().done)
  assert.is(error.code, 'internal')
  assert.match(error.message, '"made"')
  assert.is(error.node, 'node0')
})

test('a node whose side packet is never set fails the run by name; one that can do without it opens', async () => {
  for (const needs of [true, false]) {
    const log: unknown[] = []
    const easy = calculator({ inputs: { '': AnyPacket }, sides: { USED: optional(AnyPacket) } }, ({ sides }) => {
      log.push(['opened', sides.USED])
      return { process() {} }
    })
    const graph = new Graph(
      plan({
        in: ['in'],
        nodes: [
          { calculator: maker('never'), in: ['in'], sideOutputs: ['MADE:made'] },
          { calculator: needs ? user(log) : easy, in: ['in'], sides: ['USED:made'] },
        ],
      }),
    )
    const run = graph.start()
    run.push('in', 'x')
    run.close()
    if (needs) {
      const error = await failure(run.done)
      assert.is(error.code, 'internal')
      assert.is(error.node, 'node1')
      assert.match(error.message, '"made"')
      assert.equal(log, [])
    } else {
      await run.done
      assert.equal(log, [['opened', undefined]])
    }
  }
})

test('a source that waits for a side packet of a later layer is an error, not a hang', async () => {
  const late = calculator({ outputs: { '': AnyPacket }, sideOutputs: { MADE: AnyPacket } }, ({ sideOutputs }) => ({
    process() {
      sideOutputs.MADE.set(1)
    },
  }))
  const early = calculator({ outputs: { '': AnyPacket }, sides: { USED: AnyPacket } }, () => ({ process() {} }))
  const graph = new Graph(
    plan({
      nodes: [
        { calculator: early, out: ['a'], sides: ['USED:made'], sourceLayer: 0 },
        { calculator: late, out: ['b'], sideOutputs: ['MADE:made'], sourceLayer: 1 },
      ],
    }),
  )
  const error = await failure(graph.start().done)
  assert.is(error.node, 'node0')
  assert.is(liveRuns(), 0)
})

test('an unknown side output is an error', async () => {
  const graph = new Graph(plan({ nodes: [] }))
  const run = graph.start()
  assert.throws(() => run.sideOutput('NONE'))
  await run.done
})

test.run()
