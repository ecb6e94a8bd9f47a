import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { applyMask, isAllowed, likeliestAllowed } from '../../../servables/grammar/index.ts'

const never = Number.NEGATIVE_INFINITY
const word = fc.oneof(fc.constant(0), fc.constant(-1), fc.integer())
const masks = fc.array(word, { maxLength: 5 }).map((words) => Int32Array.from(words))
const logits = fc.float32Array({ noNaN: true, maxLength: 150 })

test('keeps the logits of tokens that may come, and no others', () => {
  fc.assert(
    fc.property(logits, masks, (values, mask) => {
      const expected = values.map((value, token) => (isAllowed(mask, token) ? value : never))
      applyMask(values, mask)
      assert.equal(values, expected)
    }),
  )
})

test('finds the likeliest token that may come, the first of equals', () => {
  fc.assert(
    fc.property(logits, masks, (values, mask) => {
      const allowed = [...values.keys()].filter((token) => isAllowed(mask, token))
      const highest = allowed.reduce((most, token) => Math.max(most, values[token]!), never)
      const expected = Number.isFinite(highest) ? allowed.find((token) => values[token] === highest) : undefined
      assert.is(likeliestAllowed(values, mask), expected)
    }),
  )
})

test('chooses nothing where nothing may come, or what may come is no number', () => {
  assert.is(likeliestAllowed(Float32Array.of(1, 2), Int32Array.of(0)), undefined)
  assert.is(likeliestAllowed(Float32Array.of(1, never), Int32Array.of(2)), undefined)
  assert.is(likeliestAllowed(Float32Array.of(1, Number.NaN, 3), Int32Array.of(7)), undefined)
  assert.is(likeliestAllowed(Float32Array.of(1, Number.NaN, 3), Int32Array.of(5)), 2)
})

test('tokens beyond the mask may not come', () => {
  assert.not(isAllowed(Int32Array.of(-1), 32))
  assert.ok(isAllowed(Int32Array.of(-1), 31))
})

test.run()
