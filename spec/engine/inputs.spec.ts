import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Calculator, InputPolicy, Run } from '../../engine/index.ts'
import { AnyPacket, calculator, Graph, latest, many, optional, Timestamp } from '../../engine/index.ts'
import { plan } from '../support/plan.ts'
import { adder, collect, filter, pass, recorder, type Seen, times, values } from '../support/sketch-calculators.ts'

const kinds = ['default', 'immediate', 'sync_set'] as const
const policyOf = (kind: (typeof kinds)[number], tags: readonly string[]): InputPolicy =>
  kind === 'sync_set' ? { kind, sets: tags.map((tag) => [tag]) } : { kind }

/** One node with an input stream of its own for each tag. */
const oneNode = (node: Calculator, tags: readonly string[], policy: InputPolicy = { kind: 'default' }) =>
  new Graph(
    plan({
      in: tags.map((tag) => `${tag}:${tag.toLowerCase()}`),
      nodes: [{ calculator: node, in: tags.map((tag) => `${tag}:${tag.toLowerCase()}`), policy }],
    }),
  )

type Command = readonly [port: string, what: number | 'close' | 'bound', bound?: number]

function give(run: Run, [port, what, bound]: Command): void {
  if (what === 'close') run.close(port)
  else if (what === 'bound') run.advance(port, bound!)
  else run.push(port, `${port}${what}`, what)
}

test('default: waits until no stream can bring an earlier packet', async () => {
  const odd = filter((value) => value !== 2)
  const graph = new Graph(
    plan({
      in: ['in0', 'in1'],
      out: ['SUM:sum'],
      nodes: [
        { calculator: odd, in: ['in1'], out: ['filtered'] },
        { calculator: adder, in: ['A:in0', 'B:filtered'], out: ['SUM:sum'] },
      ],
    }),
  )
  const run = graph.start()
  const sums = collect(run, 'SUM')
  run.push('in0', 1, 1)
  run.push('in1', 1, 1)
  await run.waitUntilIdle()
  assert.equal(times(sums), [1])
  run.push('in1', 2, 2)
  run.push('in0', 3, 3)
  await run.waitUntilIdle()
  assert.equal(times(sums), [1])
  run.push('in1', 3, 3)
  await run.waitUntilIdle()
  assert.equal(sums, [
    { value: 2, timestamp: 1 },
    { value: 6, timestamp: 3 },
  ])
  run.close()
  await run.done
})

test('default: a closed stream holds nobody back', async () => {
  const log: Seen[] = []
  const run = oneNode(recorder(log, ['A', 'B']), ['A', 'B']).start()
  for (const command of [
    ['A', 0],
    ['A', 5],
    ['B', 'close'],
    ['A', 7],
    ['A', 'close'],
  ] as Command[])
    give(run, command)
  await run.done
  assert.equal(
    log.map(({ at }) => at),
    [0, 5, 7],
  )
})

test('immediate: fires as soon as any stream has a packet', async () => {
  const log: Seen[] = []
  const run = oneNode(recorder(log, ['A', 'B']), ['A', 'B'], { kind: 'immediate' }).start()
  for (const command of [
    ['A', 10],
    ['B', 5],
    ['A', 20],
  ] as Command[]) {
    give(run, command)
    await run.waitUntilIdle()
  }
  assert.equal(log, [
    { at: 10, got: { A: 'A10' } },
    { at: 5, got: { B: 'B5' } },
    { at: 20, got: { A: 'A20' } },
  ])
  run.close()
  await run.done
})

test('immediate: packets that wait at the same time are seen together, order within a stream is kept', async () => {
  const log: Seen[] = []
  const run = oneNode(recorder(log, ['A', 'B']), ['A', 'B'], { kind: 'immediate' }).start()
  for (const command of [
    ['A', 1],
    ['A', 2],
    ['B', 2],
    ['B', 3],
  ] as Command[])
    give(run, command)
  run.close()
  await run.done
  assert.equal(log, [
    { at: 1, got: { A: 'A1' } },
    { at: 2, got: { A: 'A2', B: 'B2' } },
    { at: 3, got: { B: 'B3' } },
  ])
})

type Step = readonly [Command, readonly Seen[]]

/** MediaPipe's script for two sets, each command with the firings that it brings about. */
const ace: readonly Step[] = [
  [['A', 0], []],
  [['C', 0], []],
  [['A', 10], []],
  [['E', 0], [{ at: 0, got: { A: 'A0', C: 'C0', E: 'E0' } }]],
  [['E', 10], []],
  [['C', 10], [{ at: 10, got: { A: 'A10', C: 'C10', E: 'E10' } }]],
  [['A', 30], []],
  [['C', 30], []],
  [['A', 40], []],
  [['A', 50], []],
  [['C', 40], []],
  [['A', 'close'], []],
  [
    ['E', 40],
    [
      { at: 30, got: { A: 'A30', C: 'C30' } },
      { at: 40, got: { A: 'A40', C: 'C40', E: 'E40' } },
    ],
  ],
  [['C', 'close'], []],
  [['E', 'close'], [{ at: 50, got: { A: 'A50' } }]],
]
const bd: readonly Step[] = [
  [['B', -300], []],
  [['B', -200], []],
  [['B', -100], []],
  [
    ['D', -200],
    [
      { at: -300, got: { B: 'B-300' } },
      { at: -200, got: { B: 'B-200', D: 'D-200' } },
    ],
  ],
  [['D', 'close'], [{ at: -100, got: { B: 'B-100' } }]],
  [['B', 'close'], []],
]

test('sync_set: each set fires by its own times, however the commands of two sets interleave', async () => {
  const tags = ['A', 'B', 'C', 'D', 'E']
  const log: Seen[] = []
  const graph = oneNode(recorder(log, tags), tags, {
    kind: 'sync_set',
    sets: [
      ['A', 'C', 'E'],
      ['B', 'D'],
    ],
  })
  let seed = 1
  const random = () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }
  for (let shuffle = 0; shuffle < 1000; shuffle++) {
    const run = graph.start()
    const left: [Step[], Step[]] = [[...ace], [...bd]]
    while (left[0].length + left[1].length > 0) {
      const from = random() * (left[0].length + left[1].length) < left[0].length ? left[0] : left[1]
      const [command, firings] = from.shift()!
      log.length = 0
      give(run, command)
      await run.waitUntilIdle()
      assert.equal(log, firings)
    }
    await run.done
  }
})

test('sync_set: streams in no set form one more', async () => {
  const log: Seen[] = []
  const run = oneNode(recorder(log, ['A', 'B', 'C']), ['A', 'B', 'C'], { kind: 'sync_set', sets: [['A']] }).start()
  for (const command of [
    ['A', 5],
    ['B', 1],
  ] as Command[])
    give(run, command)
  await run.waitUntilIdle()
  assert.equal(log, [{ at: 5, got: { A: 'A5' } }])
  give(run, ['C', 1])
  await run.waitUntilIdle()
  assert.equal(log.at(-1), { at: 1, got: { B: 'B1', C: 'C1' } })
  run.close()
  await run.done
})

for (const kind of kinds) {
  test(`${kind}: packets at PRE_STREAM and POST_STREAM come once, at these times`, async () => {
    const log: Seen[] = []
    const run = oneNode(recorder(log, ['A', 'B']), ['A', 'B'], policyOf(kind, ['A', 'B'])).start()
    run.push('A', 'header', Timestamp.PRE_STREAM)
    run.push('B', 'summary', Timestamp.POST_STREAM)
    run.close()
    await run.done
    assert.equal(log, [
      { at: Timestamp.PRE_STREAM, got: { A: 'header' } },
      { at: Timestamp.POST_STREAM, got: { B: 'summary' } },
    ])
  })

  test(`${kind}: a stream with nothing but bounds shows empty inputs, at a time between its bounds`, async () => {
    const seen: Timestamp[] = []
    const looker = calculator({ inputs: { DATA: AnyPacket, BOUNDS: AnyPacket } }, () => ({
      process({ DATA, BOUNDS }) {
        if (!DATA.isEmpty && BOUNDS.isEmpty) seen.push(BOUNDS.timestamp)
      },
    }))
    const run = oneNode(looker, ['DATA', 'BOUNDS'], policyOf(kind, ['DATA', 'BOUNDS'])).start()
    for (const time of [0, 10, 20, 30]) {
      run.advance('BOUNDS', time + 3)
      run.push('DATA', time, time)
      await run.waitUntilIdle()
    }
    run.close()
    await run.done
    assert.is(seen.length, 4)
    seen.forEach((time, k) => {
      const [before, now] = [k * 10 - 7, k * 10 + 3]
      assert.ok(time >= before - 1 && time < now, `${time} is between ${before} and ${now}`)
    })
  })

  test(`${kind}: bounds alone fire nothing, unless the contract asks for it; then once each`, async () => {
    for (const processTimestampBounds of [false, true]) {
      const log: Seen[] = []
      const run = oneNode(recorder(log, ['A'], { processTimestampBounds }), ['A'], policyOf(kind, ['A'])).start()
      for (const bound of [10, 20, 30]) {
        give(run, ['A', 'bound', bound])
        await run.waitUntilIdle()
      }
      give(run, ['A', 40])
      give(run, ['A', 'close'])
      await run.done
      const bounds = [9, 19, 29].map((at) => ({ at, got: {} }))
      assert.equal(log, [...(processTimestampBounds ? bounds : []), { at: 40, got: { A: 'A40' } }])
    }
  })
}

test('bounds travel through nodes that send nothing, shifted by their offset', async () => {
  const shifting = (timestampOffset: number) =>
    calculator({ inputs: { '': AnyPacket }, outputs: { '': AnyPacket }, timestampOffset }, () => ({ process() {} }))
  const log: Seen[] = []
  const watcher = recorder(log, ['A'], { processTimestampBounds: true })
  const graph = new Graph(
    plan({
      in: ['in'],
      nodes: [
        { calculator: shifting(3), in: ['in'], out: ['later'] },
        { calculator: shifting(-1), in: ['later'], out: ['out'] },
        { calculator: watcher, in: ['A:out'] },
      ],
    }),
  )
  const run = graph.start()
  for (const time of [0, 10]) {
    run.push('in', time, time)
    await run.waitUntilIdle()
  }
  run.advance('in', 20)
  await run.waitUntilIdle()
  assert.equal(
    log.map(({ at }) => at),
    [2, 12, 21],
  )
  run.close()
  await run.done
})

test('outputs that count their own time hold readers back until a packet or the end', async () => {
  const counting = calculator(
    { inputs: { '': AnyPacket }, outputs: { '': AnyPacket }, timestampOffset: 'own' },
    ({ outputs }) => ({
      process(inputs) {
        if (inputs[''].value !== 'skip') outputs[''].send(inputs[''].value)
      },
    }),
  )
  const log: Seen[] = []
  const graph = new Graph(
    plan({
      in: ['in', 'other'],
      nodes: [
        { calculator: counting, in: ['in'], out: ['counted'] },
        { calculator: recorder(log, ['A', 'B']), in: ['A:counted', 'B:other'] },
      ],
    }),
  )
  const run = graph.start()
  run.push('in', 'skip', 500)
  run.push('other', 'o', 0)
  await run.waitUntilIdle()
  assert.equal(log, [])
  run.push('in', 'x', 600)
  await run.waitUntilIdle()
  assert.equal(log, [{ at: 0, got: { A: 'x', B: 'o' } }])
  run.close()
  await run.done
})

const withLatest = (log: Seen[]) =>
  calculator({ inputs: { A: AnyPacket, STATE: latest(AnyPacket) } }, () => ({
    process({ A, STATE }, at) {
      log.push({ at, got: { A: A.value, ...(STATE.isEmpty ? {} : { STATE: STATE.value }) } })
    },
  }))

test('latest: the newest packet at or before the firing time, empty when there was none', async () => {
  const log: Seen[] = []
  const run = oneNode(withLatest(log), ['A', 'STATE']).start()
  for (const command of [
    ['A', 0],
    ['A', 10],
    ['A', 11],
    ['A', 30],
    ['STATE', 5],
    ['STATE', 10],
    ['STATE', 20],
  ] as Command[]) {
    give(run, command)
  }
  run.close()
  await run.done
  assert.equal(log, [
    { at: 0, got: { A: 'A0' } },
    { at: 10, got: { A: 'A10', STATE: 'STATE10' } },
    { at: 11, got: { A: 'A11', STATE: 'STATE10' } },
    { at: 30, got: { A: 'A30', STATE: 'STATE20' } },
  ])
})

test('latest: a firing waits until the stream is settled at its time, and needs no packet at it', async () => {
  const log: Seen[] = []
  const run = oneNode(withLatest(log), ['A', 'STATE']).start()
  give(run, ['A', 10])
  give(run, ['STATE', 3])
  await run.waitUntilIdle()
  assert.equal(log, [])
  give(run, ['STATE', 'bound', 11])
  await run.waitUntilIdle()
  assert.equal(log, [{ at: 10, got: { A: 'A10', STATE: 'STATE3' } }])
  give(run, ['A', 'close'])
  await run.done
})

test('latest: packets that no firing can look at any more leave the queue', async () => {
  const log: Seen[] = []
  const graph = oneNode(withLatest(log), ['A', 'STATE'])
  const run = graph.start()
  run.advance('A', 1000)
  for (let time = 0; time < 1000; time++) {
    run.push('STATE', time, time)
    await run.ready('STATE')
  }
  run.push('A', 'a', 1000)
  run.close()
  await run.done
  assert.equal(log, [{ at: 1000, got: { A: 'a', STATE: 999 } }])
})

test('latest: a back edge is read as it is, without waiting for itself', async () => {
  const counter = calculator(
    { inputs: { A: AnyPacket, OLD: latest(AnyPacket) }, outputs: { NEW: AnyPacket } },
    ({ outputs }) => ({
      process({ A, OLD }) {
        outputs.NEW.send((A.value as number) + (OLD.isEmpty ? 0 : (OLD.value as number)))
      },
    }),
  )
  const graph = new Graph(
    plan({ in: ['a'], out: ['sum'], nodes: [{ calculator: counter, in: ['A:a', 'OLD:sum'], out: ['NEW:sum'], back: ['sum'] }] }),
  )
  const run = graph.start()
  const sums = collect(run, 'sum')
  for (const value of [1, 2, 3]) run.push('a', value)
  run.close()
  await run.done
  assert.equal(values(sums), [1, 3, 6])
})

test('a node with nothing but latest inputs fires by them', async () => {
  const log: Seen[] = []
  const mixer = calculator({ inputs: { X: latest(AnyPacket), Y: latest(AnyPacket) } }, () => ({
    process({ X, Y }, at) {
      log.push({ at, got: { X: X.isEmpty ? null : X.value, Y: Y.isEmpty ? null : Y.value } })
    },
  }))
  const run = oneNode(mixer, ['X', 'Y']).start()
  for (const command of [
    ['X', 0],
    ['X', 5],
    ['Y', 3],
  ] as Command[])
    give(run, command)
  run.close()
  await run.done
  assert.equal(log, [
    { at: 0, got: { X: 'X0', Y: null } },
    { at: 3, got: { X: 'X0', Y: 'Y3' } },
    { at: 5, got: { X: 'X5', Y: 'Y3' } },
  ])
})

test('optional ports that are not connected are undefined, repeated ones an empty array', async () => {
  const seen: unknown[] = []
  const looker = calculator(
    {
      inputs: { A: AnyPacket, B: optional(AnyPacket), C: optional(many(AnyPacket)), D: optional(latest(AnyPacket)) },
      outputs: { X: optional(AnyPacket) },
    },
    ({ outputs }) => ({
      process({ A, B, C, D }) {
        seen.push(A.value, B, C, D, outputs.X)
      },
    }),
  )
  const run = oneNode(looker, ['A']).start()
  give(run, ['A', 0])
  run.close()
  await run.done
  assert.equal(seen, ['A0', undefined, [], undefined, undefined])
})

test('repeated ports come in the order of their indices', async () => {
  const lists: unknown[] = []
  const looker = calculator({ inputs: { IN: many(AnyPacket) } }, () => ({
    process({ IN }) {
      lists.push(IN.map((input) => (input.isEmpty ? null : input.value)))
    },
  }))
  const graph = new Graph(plan({ in: ['a', 'b', 'c'], nodes: [{ calculator: looker, in: ['IN:2:c', 'IN:0:a', 'IN:1:b'] }] }))
  const run = graph.start()
  run.push('a', 'a', 0)
  run.push('c', 'c', 0)
  run.push('b', 'b', 1)
  run.close()
  await run.done
  assert.equal(lists, [
    ['a', null, 'c'],
    [null, 'b', null],
  ])
})

test('reading an empty input is an error that names the port', async () => {
  const careless = calculator({ inputs: { A: AnyPacket, B: AnyPacket } }, () => ({
    process({ B }) {
      void B.value
    },
  }))
  const run = oneNode(careless, ['A', 'B']).start()
  give(run, ['A', 0])
  run.close()
  const error = await run.done.catch((reason) => reason)
  assert.is(error.code, 'internal')
  assert.match(error.message, 'Input B')
})

test('fan-out: every reader of a stream gets each packet', async () => {
  const graph = new Graph(
    plan({
      in: ['in'],
      out: ['left', 'right', 'in'],
      nodes: [
        { calculator: pass, in: ['in'], out: ['left'] },
        { calculator: pass, in: ['in'], out: ['right'] },
      ],
    }),
  )
  const run = graph.start()
  const outputs = ['left', 'right', 'in'].map((port) => collect(run, port))
  run.push('in', 1)
  run.push('in', 2)
  run.close()
  await run.done
  assert.equal(outputs.map(values), [
    [1, 2],
    [1, 2],
    [1, 2],
  ])
})

test.run()
