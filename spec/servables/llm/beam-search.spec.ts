import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BeamParams, BeamSearch, type Candidate } from '../../../servables/llm/beam-search.ts'

const END = 9
/** An end token that is part of the answer. */
const LAST = 8

const searching = (params: Partial<BeamParams> = {}, longest = 5): BeamSearch =>
  new BeamSearch({ beams: 2, answers: 2, lengthPenalty: 1, earlyStopping: false, ...params }, longest, {
    ends: (token) => token === END || token === LAST,
    tells: (token) => token === LAST,
  })
/** Candidates by their probabilities. */
const likely = (...tokens: readonly (readonly [token: number, probability: number])[]): readonly Candidate[] =>
  tokens.map(([token, probability]) => [token, Math.log(probability)])
const told = (search: BeamSearch) => search.answers().map(({ tokens, finish }) => [tokens.join(' '), finish])

test('the likeliest continuations go on, whichever beams they are of', () => {
  const search = searching()
  assert.equal(
    search.advance([likely([1, 0.5], [2, 0.4], [3, 0.1])]).map(({ parent, token }) => [parent, token]),
    [
      [0, 1],
      [0, 2],
    ],
  )
  // 0.5 × 0.5 and 0.4 × 0.9 beat 0.5 × 0.4.
  const second = search.advance([likely([3, 0.5], [4, 0.4]), likely([5, 0.9], [6, 0.1])])
  assert.equal(
    second.map(({ parent, token }) => [parent, token]),
    [
      [0, 3],
      [1, 5],
    ],
  )
  // Both go on from beam 1: one stays there, the other takes the place of beam 0.
  const third = search.advance([likely([1, 0.1]), likely([6, 0.6], [7, 0.4])])
  assert.equal(
    third.map(({ parent, token }) => [parent, token]),
    [
      [1, 7],
      [1, 6],
    ],
  )
})

test('at its longest every beam ends, the best first', () => {
  const search = searching({ answers: 1 }, 2)
  search.advance([likely([1, 0.5], [2, 0.4])])
  assert.equal(search.advance([likely([3, 0.5], [4, 0.4]), likely([5, 0.9])]), [])
  assert.equal(told(search), [['2 5', 'length']])
})

test('an end token ends a beam if it is among the best, and is not told; another one is', () => {
  const search = searching({ earlyStopping: true })
  search.advance([likely([1, 0.5], [END, 0.4], [2, 0.1])])
  // The end is third: it is none of the best two.
  search.advance([likely([1, 0.5], [2, 0.4], [END, 0.05]), likely([3, 0.1])])
  assert.equal(told(search), [
    ['', 'stop'],
    ['', 'stop'],
  ])
  assert.equal(search.advance([likely([LAST, 0.9], [1, 0.1]), likely([1, 0.1], [2, 0.1])]), [])
  assert.equal(told(search), [
    ['1 1 8', 'stop'],
    ['', 'stop'],
  ])
})

test('a length penalty above 0 favours long answers, below 0 short ones', () => {
  const bestOf = (lengthPenalty: number): unknown => {
    const search = searching({ answers: 1, lengthPenalty, earlyStopping: 'never' }, 3)
    let beams = search.advance([likely([END, 0.3], [1, 0.3], [2, 0.2])])
    while (beams.length > 0) beams = search.advance(beams.map(() => likely([1, 0.6], [2, 0.1])))
    return told(search)[0]
  }
  assert.equal(bestOf(1), ['1 1 1', 'length'])
  assert.equal(bestOf(0), ['', 'stop'])
  assert.equal(bestOf(-1), ['', 'stop'])
})

test('when it is over depends on early_stopping', () => {
  const stepsOf = (earlyStopping: BeamParams['earlyStopping'], goOn: number): number => {
    const search = searching({ earlyStopping }, 20)
    search.advance([likely([END, 0.3], [1, 0.3], [2, 0.2])])
    let steps = 2
    for (let beams = search.advance([likely([END, 0.5], [1, 0.45]), likely([2, 0.4])]); beams.length > 0; steps++)
      beams = search.advance(beams.map(() => likely([1, goOn], [2, 0.01])))
    return steps
  }
  assert.is(stepsOf(true, 0.99), 2)
  assert.ok(stepsOf(false, 0.99) > 2)
  assert.is(stepsOf(false, 0.1), 3)
  assert.is(stepsOf('never', 0.99), 20)
  // A beam's sum only falls; divided by the greatest length it stays above the others for long.
  assert.ok(stepsOf('never', 0.1) > 3)
})

test('where few tokens are allowed there are fewer beams, and what cannot go on ends', () => {
  const search = searching({ beams: 3, answers: 3 }, 3)
  assert.is(search.advance([likely([1, 0.9])]).length, 1)
  assert.is(search.advance([likely([1, 0.5], [2, 0.5])]).length, 2)
  assert.is(search.advance([likely([END, 0.5]), likely([END, 0.4])]).length, 0)
  assert.equal(told(search), [
    ['1 1', 'stop'],
    ['1 2', 'stop'],
    ['', 'stop'],
  ])
})

test('beams that are left stay in their places, as far as there are so many', () => {
  const search = searching({ beams: 3, answers: 1 }, 9)
  search.advance([likely([1, 0.3], [2, 0.3], [3, 0.3])])
  const next = search.advance([likely([END, 0.1]), likely([4, 0.2]), likely([5, 0.3])])
  assert.equal(
    next.map(({ parent, token }) => [parent, token]),
    [
      [2, 5],
      [1, 4],
    ],
  )
})

test('answers have what is told with their tokens, also those that begin alike', () => {
  const search = searching({}, 2)
  const logprobsOf = (beam: number, token: number) => [token, -beam, 1]
  search.advance([likely([1, 0.9], [2, 0.1])], logprobsOf)
  search.advance([likely([3, 0.5], [4, 0.5]), likely([5, 0.1])], logprobsOf)
  assert.equal(
    search.answers().map(({ logprobs }) => logprobs),
    [
      [
        [1, -0, 1],
        [3, -0, 1],
      ],
      [
        [1, -0, 1],
        [4, -0, 1],
      ],
    ],
  )
})

test.run()
