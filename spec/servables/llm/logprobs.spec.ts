import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { packLogprobs, unpackLogprobs } from '../../../servables/llm/logprobs.ts'

const logprobsOf = (logits: readonly number[], token: number, count: number) =>
  unpackLogprobs(packLogprobs(Float32Array.from(logits), token, count))

test('tells the logprob and rank of a token, and the likeliest ones, of equal ones the lowest ids', () => {
  const logits = [0, Math.log(2), Math.log(4), Math.log(2), -Infinity]
  const { logprob, rank, top } = logprobsOf(logits, 3, 3)
  assert.ok(Math.abs(logprob - Math.log(2 / 9)) < 1e-6)
  assert.is(rank, 2)
  assert.equal(
    top.map(([token]) => token),
    [2, 1, 3],
  )
  assert.ok(Math.abs(top[0]![1] - Math.log(4 / 9)) < 1e-6)
  assert.equal(logprobsOf(logits, 0, 0).top, [])
  assert.is(logprobsOf(logits, 4, 20).top.length, 5)
  assert.is(logprobsOf(logits, 4, 1).logprob, -Infinity)
})

test('logprobs are those of a softmax, however large the logits', () => {
  const numbers = fc.array(fc.float({ min: -500, max: 500, noNaN: true }), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(numbers, fc.nat(), fc.nat(20), (logits, place, count) => {
      const token = place % logits.length
      const { logprob, rank, top } = logprobsOf(logits, token, count)
      const highest = Math.max(...logits)
      const zero = highest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0))
      assert.ok(Math.abs(logprob - (logits[token]! - zero)) < 1e-6 * Math.max(1, Math.abs(zero)))
      assert.is(rank, 1 + logits.filter((logit) => logit > logits[token]!).length)
      const sorted = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b)
      assert.equal(
        top.map(([id]) => id),
        sorted.slice(0, count),
      )
    }),
  )
})

test.run()
