import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { normalize, type Pooling, pool } from '../../../servables/encoder/pooling.ts'

// Two rows of three tokens of two elements; the second row is filled up with one token of nines.
const hidden = Float32Array.of(1, 2, 3, 4, 5, 12, 7, 8, 1, 2, 9, 9)
const pooled = (pooling: Pooling) => [pool(hidden, 0, 3, 2, pooling), pool(hidden, 6, 2, 2, pooling)].map((vector) => [...vector])

test('pools the tokens of each row, and no padding', () => {
  assert.equal(pooled('CLS'), [
    [1, 2],
    [7, 8],
  ])
  assert.equal(pooled('LAST'), [
    [5, 12],
    [1, 2],
  ])
  assert.equal(pooled('MEAN'), [
    [3, 6],
    [4, 5],
  ])
  assert.equal(pooled('MAX'), [
    [5, 12],
    [7, 8],
  ])
  const [first] = pooled('MEAN_SQRT_LEN')
  assert.ok(Math.abs(first![0]! - 9 / Math.sqrt(3)) < 1e-6)
})

test('a normalized vector has length 1, and nothing stays nothing', () => {
  const [x, y] = normalize(Float32Array.of(3, 4))
  assert.ok(Math.abs(x! - 0.6) < 1e-7 && Math.abs(y! - 0.8) < 1e-7)
  assert.equal([...normalize(new Float32Array(2))], [0, 0])
})

test.run()
