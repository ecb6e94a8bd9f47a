import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { shareLanes, Trust } from '../../../servables/llm/guess-policy.ts'

const guess = (chance: number, most = 5, cost = 0) => ({ chance, most, cost })

test('the surer guesses are, the more are made', () => {
  const counts = [0.1, 0.25, 0.4, 0.6, 0.8, 0.95].map((chance) => shareLanes([guess(chance, 8)], 1, 16)[0])
  assert.equal(counts, [0, 1, 1, 2, 4, 8])
})

test('the more sequences answer, the fewer guesses are worth a lane', () => {
  const counts = [1, 2, 4, 8, 15].map((answering) => shareLanes([guess(0.7)], answering, 16)[0])
  assert.equal(counts, [3, 2, 1, 1, 0])
})

test('no more than there are lanes, and no more than there is to guess', () => {
  assert.equal(shareLanes([guess(0.99, 20), guess(0.99, 3)], 2, 10), [5, 3])
  assert.equal(shareLanes([guess(0.99)], 16, 16), [0])
  assert.equal(shareLanes([guess(0.99)], 20, 16), [0])
  assert.equal(shareLanes([], 3, 16), [])
})

test('the surest get the lanes', () => {
  assert.equal(shareLanes([guess(0.3), guess(0.9)], 2, 5), [0, 3])
})

test('guesses that cost more than a lane have to be surer', () => {
  assert.equal(
    [0, 0.2, 0.5, 1].map((cost) => shareLanes([guess(0.8, 8, cost)], 1, 16)[0]),
    [4, 2, 1, 0],
  )
})

test('trust falls with wrong guesses until none is made, and comes back with the right ones', () => {
  const trust = new Trust()
  const count = () => shareLanes([guess(trust.chance)], 1, 16)[0]!
  assert.ok(count() >= 3)
  let tries = 0
  for (; count() > 0; tries++) trust.learn(count(), 0)
  assert.ok(tries <= 6, `${tries} tries`)
  for (let right = 0; right < 3; right++) trust.learn(1, 1)
  assert.ok(count() >= 2)
})

test('what was never right is tried again, ever more seldom', () => {
  const trust = new Trust()
  const pauses: number[] = []
  for (let tried = 0; tried < 6; tried++) {
    let pause = 0
    for (; shareLanes([guess(trust.chance)], 1, 16)[0] === 0; pause++) trust.forget()
    pauses.push(pause)
    while (shareLanes([guess(trust.chance)], 1, 16)[0]! > 0) trust.learn(1, 0)
  }
  assert.ok(pauses.slice(1).every((pause, index) => pause >= pauses[index]!))
  assert.ok(pauses.at(-1)! > 20, String(pauses))
})

test.run()
