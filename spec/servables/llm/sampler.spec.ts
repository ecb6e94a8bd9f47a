import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sampler, type Sampling } from '../../../servables/llm/sampler.ts'

interface Golden {
  readonly logits: Readonly<Record<string, readonly (number | '-inf')[]>>
  readonly cases: readonly {
    readonly logits: string
    readonly temperature: number
    readonly top_k: number
    readonly top_p: number
    readonly min_p: number
    readonly typical_p?: number
    readonly probabilities: readonly number[]
  }[]
}

const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, 'sampling.golden.json'), 'utf8'))
const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 1, choice: 0 }
const plain: Sampling = { ...greedy, temperature: 1 }
const logitsOf = (name: string) => Float32Array.from(golden.logits[name]!, (logit) => (logit === '-inf' ? -Infinity : logit))

/** How often each token is drawn at so many positions. */
const frequencies = (logits: Float32Array, sampling: Sampling, draws: number): readonly number[] => {
  const sampler = new Sampler(logits.length)
  const counts = new Array<number>(logits.length).fill(0)
  for (let position = 0; position < draws; position++) counts[sampler.pick(logits, sampling, position)!]!++
  return counts.map((count) => count / draws)
}

test("what is left to draw from, and how likely, is what transformers' warpers leave", () => {
  const draws = 600
  for (const { logits, temperature, top_k, top_p, min_p, typical_p, probabilities } of golden.cases) {
    const sampling = { temperature, topK: top_k, topP: top_p, minP: min_p, typicalP: typical_p, seed: 5, choice: 0 }
    const drawn = frequencies(logitsOf(logits), sampling, draws)
    for (const [token, expected] of probabilities.entries()) {
      const what = `${logits} ${JSON.stringify(sampling)} token ${token}: ${drawn[token]} for ${expected}`
      if (expected === 0) assert.is(drawn[token], 0, what)
      // 5.5 standard deviations: one false alarm in 25 million.
      const tolerance = 5.5 * Math.sqrt((expected * (1 - expected)) / draws) + 2 / draws
      assert.ok(Math.abs(drawn[token]! - expected) <= tolerance, what)
    }
  }
})

test('greedy takes the highest logit, and of equal ones the lowest id', () => {
  const sampler = new Sampler(4)
  assert.is(sampler.pick(Float32Array.of(1, 3, 3, 2), greedy, 0), 1)
  assert.is(sampler.pick(Float32Array.of(-Infinity, -5, -Infinity, -6), greedy, 0), 1)
})

test('a very low temperature, and top_k 1, are greedy', () => {
  const sampler = new Sampler(4)
  const logits = Float32Array.of(1, 3, 2.9, 2)
  for (let position = 0; position < 50; position++) {
    assert.is(sampler.pick(logits, { ...plain, temperature: 1e-9 }, position), 1)
    assert.is(sampler.pick(logits, { ...plain, topK: 1 }, position), 1)
    assert.is(sampler.pick(logits, { ...plain, topP: 1e-9 }, position), 1)
  }
})

test('the likeliest token is found by the maxima of stretches, the first of equals', () => {
  const sampler = new Sampler(6)
  assert.is(sampler.pick(Float32Array.of(1, 3, 2, 5, 5, 0), greedy, 0, Float32Array.of(3, 5, 5)), 3)
  assert.is(sampler.pick(Float32Array.of(1, 3, 2, 0, 3, 0), greedy, 0, Float32Array.of(3, 3)), 1)
  const never = -Infinity
  for (const bad of [NaN, Infinity])
    assert.is(sampler.pick(Float32Array.of(1, 3, 2, bad, 3, 0), greedy, 0, Float32Array.of(3, bad)), undefined)
  assert.is(sampler.pick(new Float32Array(6).fill(never), greedy, 0, Float32Array.of(never, never)), undefined)
})

test('logits that are not numbers are no choice, whoever asks', () => {
  const sampler = new Sampler(3)
  for (const sampling of [greedy, plain]) {
    assert.is(sampler.pick(Float32Array.of(1, NaN, 2), sampling, 0), undefined)
    assert.is(sampler.pick(Float32Array.of(NaN, 1, 2), sampling, 0), undefined)
    assert.is(sampler.pick(Float32Array.of(1, Infinity, 2), sampling, 0), undefined)
    assert.is(sampler.pick(new Float32Array(3).fill(-Infinity), sampling, 0), undefined)
    assert.is(sampler.pick(Float32Array.of(1, 0, 2), greedy, 0), 2)
  }
})

test('one NaN among good logits leaves no choice, wherever it stands', () => {
  const sampler = new Sampler(200)
  const filtered: Sampling = { ...plain, topK: 5, topP: 0.5, minP: 0.1 }
  for (let place = 0; place < 200; place++) {
    const logits = Float32Array.from({ length: 200 }, (_, id) => 10 - id / 10)
    logits[place] = NaN
    const maxima = Float32Array.from({ length: 50 }, (_, at) => Math.max(...logits.subarray(4 * at, 4 * at + 4)))
    for (const sampling of [greedy, plain, filtered]) {
      assert.is(sampler.pick(logits, sampling, 0), undefined, `at ${place}`)
      assert.is(sampler.pick(logits, sampling, 0, maxima), undefined, `at ${place}, with maxima`)
    }
  }
})

test('a draw depends on seed, choice and position alone', () => {
  const logits = new Float32Array(1000)
  const used = new Sampler(1000)
  const draw = (sampler: Sampler, seed: number, choice: number, position: number) =>
    sampler.pick(logits, { ...plain, seed, choice }, position)
  const inOrder = [0, 1, 2, 3].map((position) => draw(used, 9, 0, position))
  const backwards = [3, 2, 1, 0].map((position) => draw(new Sampler(1000), 9, 0, position)).reverse()
  assert.equal(inOrder, backwards)
  assert.is.not(draw(used, 9, 1, 0), draw(used, 9, 0, 0))
  assert.is.not(draw(used, 10, 0, 0), draw(used, 9, 0, 0))
})

test('the k-th highest logit is found wherever it stands', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 60 }), fc.nat(58), (values, place) => {
      const k = 1 + (place % (values.length - 1))
      const lowest = [...values].sort((a, b) => b - a)[k - 1]!
      const sampler = new Sampler(values.length)
      for (let position = 0; position < 20; position++) {
        const token = sampler.pick(Float32Array.from(values), { ...plain, temperature: 100, topK: k }, position)!
        assert.ok(values[token]! >= lowest)
      }
    }),
  )
})

test('the nucleus is the fewest likeliest tokens that reach top_p', () => {
  const logits = Float32Array.from({ length: 5000 }, (_, id) => Math.log(1 + ((id * 7919) % 5000)))
  const sorted = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!)
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
  let mass = 0
  const nucleus = new Set<number>()
  for (const id of sorted) {
    if (mass >= 0.5 * total) break
    mass += Math.exp(logits[id]!)
    nucleus.add(id)
  }
  const sampler = new Sampler(5000)
  const drawn = new Set(Array.from({ length: 3000 }, (_, position) => sampler.pick(logits, { ...plain, topP: 0.5 }, position)!))
  assert.ok([...drawn].every((id) => nucleus.has(id)))
  assert.ok(drawn.size > nucleus.size / 2)
})

test('typical tokens are those of a whole sort, also among thousands', () => {
  const logits = Float32Array.from({ length: 5000 }, (_, id) => 6 * Math.sin(id * 12.9898) + Math.cos(id * 78.233))
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
  const information = (id: number) => Math.log(total) - logits[id]!
  const entropy = [...logits.keys()].reduce((sum, id) => sum + (Math.exp(logits[id]!) / total) * information(id), 0)
  const distance = (id: number) => Math.abs(information(id) - entropy)
  const typical = new Set<number>()
  let mass = 0
  for (const id of [...logits.keys()].sort((a, b) => distance(a) - distance(b))) {
    if (mass >= 0.3 * total) break
    mass += Math.exp(logits[id]!)
    typical.add(id)
  }
  const sampler = new Sampler(5000)
  const drawn = Array.from({ length: 2000 }, (_, position) => sampler.pick(logits, { ...plain, typicalP: 0.3 }, position)!)
  assert.ok(drawn.every((id) => typical.has(id)))
  assert.ok(new Set(drawn).size > typical.size / 4)
})

test.run()
