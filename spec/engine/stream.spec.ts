import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addToTimestamp,
  EngineError,
  formatTimestamp,
  isAllowedInStream,
  nextAllowedInStream,
  Timestamp,
} from '../../engine/index.ts'
import { Stream } from '../../engine/stream.ts'

const newStream = () => new Stream({ id: 0, name: 'numbers', type: { name: 'any' } }, undefined)
const isRefused = (error: unknown) =>
  error instanceof EngineError && error.code === 'internal' && error.message.includes('"numbers"')

/** Puts packets at `times`; what the bound is then. */
function boundAfter(...times: Timestamp[]): Timestamp {
  const stream = newStream()
  for (const timestamp of times) stream.put({ value: 0, timestamp })
  return stream.bound
}

test('orders the special timestamps around the normal range', () => {
  const { UNSET, UNSTARTED, PRE_STREAM, MIN, MAX, POST_STREAM, ONE_OVER_POST_STREAM, DONE } = Timestamp
  const all = [UNSET, UNSTARTED, PRE_STREAM, MIN, 0, MAX, POST_STREAM, ONE_OVER_POST_STREAM, DONE]
  assert.equal(
    [...all].reverse().sort((a, b) => a - b),
    all,
  )
  assert.equal(new Set(all).size, all.length)
})

test('allows PRE_STREAM, MIN to MAX and POST_STREAM in a stream, and nothing else', () => {
  const { UNSET, UNSTARTED, PRE_STREAM, MIN, MAX, POST_STREAM, ONE_OVER_POST_STREAM, DONE } = Timestamp
  for (const time of [PRE_STREAM, MIN, -1, 0, MAX, POST_STREAM]) assert.is(isAllowedInStream(time), true)
  for (const time of [UNSET, UNSTARTED, ONE_OVER_POST_STREAM, DONE, Number.NaN, 0.5, Number.POSITIVE_INFINITY]) {
    assert.is(isAllowedInStream(time), false)
    assert.throws(() => boundAfter(time), isRefused)
  }
})

test('after T comes T + 1; after a special time or MAX nothing', () => {
  assert.is(nextAllowedInStream(41), 42)
  assert.is(boundAfter(41), 42)
  for (const time of [Timestamp.PRE_STREAM, Timestamp.MAX, Timestamp.POST_STREAM]) {
    assert.is(boundAfter(time), Timestamp.ONE_OVER_POST_STREAM)
  }
})

test('adding to a timestamp stays within MIN and MAX, and leaves special times alone', () => {
  assert.is(addToTimestamp(Timestamp.MAX - 1, 5), Timestamp.MAX)
  assert.is(addToTimestamp(Timestamp.MIN + 1, -5), Timestamp.MIN)
  assert.is(addToTimestamp(Timestamp.POST_STREAM, -5), Timestamp.POST_STREAM)
  assert.is(formatTimestamp(Timestamp.POST_STREAM), 'Timestamp.POST_STREAM')
  assert.is(formatTimestamp(7), '7')
})

test('refuses packets out of order, twice at one time, or before the bound', () => {
  assert.throws(() => boundAfter(3, 2), isRefused)
  assert.throws(() => boundAfter(3, 3), isRefused)
  const stream = newStream()
  stream.advance(10)
  assert.throws(() => stream.put({ value: 0, timestamp: 9 }), isRefused)
  stream.put({ value: 0, timestamp: 10 })
  assert.is(stream.bound, 11)
})

test('PRE_STREAM and POST_STREAM packets are alone in their stream', () => {
  assert.throws(() => boundAfter(Timestamp.PRE_STREAM, 0), isRefused)
  assert.throws(() => boundAfter(0, Timestamp.POST_STREAM), isRefused)
  assert.throws(() => boundAfter(0, Timestamp.PRE_STREAM), isRefused)
  assert.throws(() => boundAfter(Timestamp.POST_STREAM, Timestamp.POST_STREAM), isRefused)
})

test('a bound only grows; the same bound again says nothing', () => {
  const stream = newStream()
  const told: Timestamp[] = []
  stream.readers.push({ add: () => {}, advanced: () => told.push(stream.bound) })
  stream.advance(5)
  stream.advance(5)
  stream.raise(3)
  assert.throws(() => stream.advance(4), isRefused)
  assert.throws(() => stream.advance(Number.NaN), isRefused)
  stream.close()
  stream.close()
  assert.equal(told, [5, Timestamp.DONE])
})

test('a closed stream takes nothing', () => {
  const stream = newStream()
  stream.close()
  assert.is(stream.isClosed, true)
  assert.throws(() => stream.put({ value: 0, timestamp: 0 }), isRefused)
  assert.throws(() => stream.advance(5), isRefused)
})

test('hands each packet to every reader, with the bound already past it', () => {
  const stream = newStream()
  const seen: unknown[] = []
  for (const name of ['a', 'b']) {
    stream.readers.push({ add: ({ value }) => seen.push([name, value, stream.bound]), advanced: () => seen.push('never') })
  }
  stream.put({ value: 'x', timestamp: 4 })
  assert.equal(seen, [
    ['a', 'x', 5],
    ['b', 'x', 5],
  ])
})

test('a packet without a time comes one after the last, first at 0, and never before the bound', () => {
  const stream = newStream()
  assert.is(stream.following, 0)
  stream.put({ value: 0, timestamp: 0 })
  assert.is(stream.following, 1)
  stream.advance(20)
  assert.is(stream.following, 20)
  const late = newStream()
  late.advance(-7)
  assert.is(late.following, 0)
})

test.run()
