import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { toNumbers } from '../../../calculators/encoder/index.ts'

test('a vector as JSON is the same float32s', () => {
  for (const bounds of [{ noDefaultInfinity: true }, { min: -1, max: 1 }]) {
    const vectors = fc.float32Array({ noNaN: true, ...bounds, maxLength: 50 }).map((vector) => vector.map((value) => value + 0))
    fc.assert(
      fc.property(vectors, (vector) => assert.equal(Float32Array.from(toNumbers(vector)), vector)),
      { numRuns: 2000 },
    )
  }
})

test('below 1 it has nine digits or so', () => {
  const numbers = toNumbers(Float32Array.of(0.1, -0.05123456, 0.0012345678, 0))
  assert.is(JSON.stringify(numbers), '[0.100000001,-0.0512345582,0.00123456784,0]')
})

test.run()
