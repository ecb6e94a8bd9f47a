import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fitTokens } from '../../../calculators/openai/tokenize-response.ts'
import type { EngineError } from '../../../engine/index.ts'

test('cuts tokens off at the end', () => {
  assert.equal(fitTokens([1, 2, 3], { maxLength: 2, padding: undefined }, undefined), [1, 2])
  assert.equal(fitTokens([1, 2, 3], { maxLength: undefined, padding: undefined }, undefined), [1, 2, 3])
  assert.equal(fitTokens([1, 2, 3], { maxLength: 5, padding: undefined }, 0), [1, 2, 3])
})

test('fills shorter texts up, on either side', () => {
  assert.equal(fitTokens([1, 2], { maxLength: 4, padding: 'right' }, 0), [1, 2, 0, 0])
  assert.equal(fitTokens([1, 2], { maxLength: 4, padding: 'left' }, 0), [0, 0, 1, 2])
  assert.equal(fitTokens([1, 2, 3], { maxLength: 2, padding: 'left' }, 0), [1, 2])
})

test('says when the model has nothing to fill up with', () => {
  assert.throws(
    () => fitTokens([1], { maxLength: 4, padding: 'right' }, undefined),
    (error: EngineError) => error.code === 'unsupported_parameter' && error.param === 'pad_to_max_length',
  )
})

test.run()
