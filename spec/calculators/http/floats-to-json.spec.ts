import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { floatsToJson } from '../../../calculators/http/floats-to-json.ts'

test('a vector as JSON is the same float32s', () => {
  for (const bounds of [{ noDefaultInfinity: true }, { min: -1, max: 1 }, { min: 0.00099, max: 0.1 }]) {
    const { min = -Infinity, max = Infinity, ...rest } = bounds
    const limits = Number.isFinite(min) ? { min: Math.fround(min), max: Math.fround(max) } : rest
    const vectors = fc.float32Array({ noNaN: true, ...limits, maxLength: 50 }).map((vector) => vector.map((value) => value + 0))
    fc.assert(
      fc.property(vectors, (vector) => assert.equal(Float32Array.from(JSON.parse(floatsToJson(vector))), vector)),
      { numRuns: 2000 },
    )
  }
})

test('below 1 it has nine digits or so', () => {
  const json = floatsToJson(Float32Array.of(0.1, -0.05123456, 0.0012345678, 0, 0.5, 0.99999994, -0.01))
  assert.is(json, '[0.100000001,-0.0512345582,0.00123456784,0,0.5,0.99999994,-0.00999999978]')
})

test('a vector may have any length', () => {
  assert.is(floatsToJson(new Float32Array(0)), '[]')
  const long = new Float32Array(200_000).fill(-1.0000001e-20)
  assert.equal(Float32Array.from(JSON.parse(floatsToJson(long))), long)
})

test.run()
