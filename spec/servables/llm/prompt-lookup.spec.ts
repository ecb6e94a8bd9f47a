import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lookUp } from '../../../servables/llm/prompt-lookup.ts'

test('what followed the last tokens before is guessed', () => {
  assert.equal(lookUp([1, 2, 3, 4, 5, 6, 2, 3], 3, 3), { tokens: [4, 5, 6], matched: 2 })
})

test('longer matches win, then later ones', () => {
  const text = [7, 1, 2, 3, 50, 9, 2, 3, 60, 8, 2, 3, 70, 1, 2, 3]
  assert.equal(lookUp(text, 3, 1), { tokens: [50], matched: 3 })
  assert.equal(lookUp(text, 2, 1), { tokens: [70], matched: 2 })
  assert.equal(lookUp(text, 1, 1), { tokens: [70], matched: 1 })
})

test('a short repetition goes on for as long as is asked', () => {
  assert.equal(lookUp([5, 1, 2, 1, 2], 2, 5), { tokens: [1, 2, 1, 2, 1], matched: 2 })
  assert.equal(lookUp([4, 4], 3, 4), { tokens: [4, 4, 4, 4], matched: 1 })
})

test('nothing is guessed of what stands for the first time', () => {
  assert.is(lookUp([1, 2, 3], 3, 5), undefined)
  assert.is(lookUp([1], 3, 5), undefined)
  assert.is(lookUp([], 3, 5), undefined)
})

test('whatever the text, no place has a longer match, and none with the same comes later', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (tokens, ngramSize) => {
      const ends = (place: number, size: number) =>
        size <= place && tokens.slice(place - size, place).every((token, index) => token === tokens[tokens.length - size + index])
      let best = { size: 0, place: 0 }
      for (let size = 1; size <= ngramSize; size++)
        for (let place = size; place < tokens.length; place++) if (ends(place, size)) best = { size, place }
      const found = lookUp(tokens, ngramSize, 1)
      assert.equal(found, best.size === 0 ? undefined : { tokens: [tokens[best.place]], matched: best.size })
    }),
  )
})

test.run()
