import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CHUNK_STRIDE, chunkEnd, SMALLEST_ROOM } from '../../../servables/llm/chunks.ts'

test('a prompt that fits is one chunk; a longer one is cut at multiples of the stride', () => {
  assert.is(chunkEnd(0, 50, 50), 50)
  assert.is(chunkEnd(0, 300, 130), 128)
  assert.is(chunkEnd(128, 300, 130), 256)
  assert.is(chunkEnd(0, 300, 63), undefined)
})

test('no token is left alone', () => {
  assert.is(chunkEnd(0, 129, 128), 64)
  assert.is(chunkEnd(64, 129, 65), 129)
  assert.is(chunkEnd(0, 65, 64), undefined)
})

test('every prompt gets done, within the room, in chunks of more than one token', () => {
  const cuts = fc.record({
    length: fc.integer({ min: 2, max: 2000 }),
    rooms: fc.infiniteStream(fc.integer({ min: 0, max: 300 })),
  })
  fc.assert(
    fc.property(cuts, ({ length, rooms }) => {
      let from = 0
      while (from < length) {
        const room = rooms.next().value
        const end = chunkEnd(from, length, room)
        if (room >= SMALLEST_ROOM) assert.ok(end !== undefined)
        if (end === undefined) continue
        assert.ok(end - from <= room && end - from > 1)
        assert.ok(end === length || end % CHUNK_STRIDE === 0)
        from = end
      }
    }),
  )
})

test.run()
