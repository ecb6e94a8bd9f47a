import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { philox, uniform } from '../../../servables/llm/random.ts'

test("Philox 4x32-10 gives its authors' known answers (Random123, kat_vectors)", () => {
  const ones = 0xffff_ffff
  assert.equal(philox([0, 0, 0, 0], [0, 0]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
  assert.equal(philox([ones, ones, ones, ones], [ones, ones]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
  assert.equal(
    philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
    [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
  )
})

test('seed, choice and position each change the draw, for seeds beyond 32 bits and below 0 too', () => {
  const draws = [
    uniform(1, 0, 0),
    uniform(2, 0, 0),
    uniform(1, 1, 0),
    uniform(1, 0, 1),
    uniform(1 + 2 ** 32, 0, 0),
    uniform(-1, 0, 0),
  ]
  assert.is(new Set(draws).size, draws.length)
  assert.is(uniform(1, 2, 3), uniform(1, 2, 3))
})

test('draws are spread evenly over [0, 1)', () => {
  const bins = new Array<number>(10).fill(0)
  for (let position = 0; position < 10_000; position++) {
    const draw = uniform(7, 0, position)
    assert.ok(draw >= 0 && draw < 1)
    bins[Math.floor(draw * 10)]!++
  }
  // Five standard deviations of a bin's count.
  for (const count of bins) assert.ok(Math.abs(count - 1000) < 150, `${count} of 10,000 draws in a tenth`)
})

test.run()
