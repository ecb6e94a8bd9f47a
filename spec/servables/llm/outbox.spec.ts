import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import type { SequenceEvent } from '../../../servables/llm/engine.ts'
import { Outbox } from '../../../servables/llm/outbox.ts'

type Told = readonly [id: number, event: SequenceEvent]

/** An outbox at a time that is set, and what it has told: messages, and who failed. */
function open(interval = 16) {
  const clock = { now: 0 }
  const told: unknown[] = []
  const more = new EventTarget()
  const listener = {
    started: (ids: readonly number[]) => told.push({ started: ids }),
    emit: (events: readonly Told[]) => {
      told.push(events)
      more.dispatchEvent(new Event('told'))
    },
    fail: (id: number) => told.push({ failed: id }),
  }
  return { clock, told, more, outbox: new Outbox(listener, interval, () => clock.now) }
}

test('tokens of short steps go out together, 16 ms after the last message', () => {
  const { clock, told, outbox } = open()
  for (const token of [10, 11, 12, 13]) {
    outbox.emit([
      [1, [token]],
      [2, [token + 10]],
    ])
    clock.now += 6
  }
  assert.equal(told, [
    [
      [1, [10]],
      [2, [20]],
    ],
    [
      [1, [11]],
      [2, [21]],
      [1, [12]],
      [2, [22]],
      [1, [13]],
      [2, [23]],
    ],
  ])
})

test('tokens of long steps wait for nothing', () => {
  const { clock, told, outbox } = open()
  for (const token of [10, 11, 12]) {
    outbox.emit([[1, [token]]])
    clock.now += 16
  }
  assert.equal(told, [[[1, [10]]], [[1, [11]]], [[1, [12]]]])
})

test('with an interval of 0 nothing waits', () => {
  const { told, outbox } = open(0)
  for (const token of [10, 11]) outbox.emit([[1, [token]]])
  assert.equal(told, [[[1, [10]]], [[1, [11]]]])
})

test("an answer's first token and its last take with them what waits", () => {
  const { told, outbox } = open()
  outbox.emit([[1, [10]]])
  outbox.emit([[1, [11]]])
  outbox.started([2])
  outbox.emit([[2, { foundTokens: 64 }]])
  assert.is(told.length, 2, 'that some of a prompt was found can wait')
  outbox.emit([[2, [20]]])
  outbox.emit([[1, [12]]])
  outbox.emit([[2, [-1, 'stop']]])
  assert.equal(told, [
    [[1, [10]]],
    { started: [2] },
    [
      [1, [11]],
      [2, { foundTokens: 64 }],
      [2, [20]],
    ],
    [
      [1, [12]],
      [2, [-1, 'stop']],
    ],
  ])
})

test('what an answer had before it failed comes before that', () => {
  const { told, outbox } = open()
  outbox.emit([[1, [10]]])
  outbox.emit([[1, [11]]])
  outbox.fail(1, new EngineError('internal', 'It broke.'))
  assert.equal(told, [[[1, [10]]], [[1, [11]]], { failed: 1 }])
})

test('what waits goes out when no step follows', async () => {
  const { told, more, outbox } = open()
  outbox.emit([[1, [10]]])
  outbox.emit([[1, [11]]])
  await once(more, 'told')
  assert.equal(told, [[[1, [10]]], [[1, [11]]]])
})

test.run()
