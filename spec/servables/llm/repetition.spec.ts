import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { repeats } from '../../../servables/llm/repetition.ts'
import { Sequence } from '../../../servables/llm/sequence.ts'

const twice = { minSize: 1, maxSize: 3, count: 2 }

test('the end is the same few tokens, as often as is asked for', () => {
  assert.ok(repeats([5, 5], 0, twice))
  assert.ok(repeats([9, 1, 2, 3, 1, 2, 3], 0, twice))
  assert.not(repeats([1, 2, 3, 1, 2], 0, twice))
  assert.not(repeats([1, 2, 3, 4, 1, 2, 3, 4], 0, twice))
  assert.not(repeats([5, 5], 0, { ...twice, minSize: 2 }))
  assert.ok(repeats([5, 5, 5, 5], 0, { ...twice, minSize: 2 }))
  assert.not(repeats([1, 2, 1, 2], 0, { ...twice, count: 3 }))
  assert.ok(repeats([0, 2, 1, 2, 1, 2, 1], 0, { ...twice, count: 3 }))
})

test("the prompt's tokens are not the answer's", () => {
  assert.not(repeats([5, 5, 5], 2, twice))
  assert.ok(repeats([5, 5, 5], 1, twice))
})

test('an answer that repeats itself ends with that token, if it is long enough to end', () => {
  const answering = (minTokens?: number) =>
    new Sequence(1, {
      prompt: [7, 7],
      emitted: [],
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 1, choice: 0 },
      adjustments: { minTokens },
      maxLength: 20,
      endTokens: [],
      repetition: twice,
    })
  const sequence = answering()
  assert.equal([sequence.append(7), sequence.append(8), sequence.append(8)], [undefined, undefined, 'repetition'])
  assert.equal(sequence.tokens, [7, 7, 7, 8, 8])
  const later = answering(3)
  assert.equal([later.append(8), later.append(8), later.append(8)], [undefined, undefined, 'repetition'])
})

test.run()
