import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { widen } from '../../servables/half-floats.ts'

test('16-bit floats of every sort become the same numbers in 32 bits', () => {
  const halves = [0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x7c00, 0xfc00, 0x7e00]
  const numbers = [0, -0, 1, -2, 0.333251953125, 65504, 2 ** -14, 2 ** -24, -1023 * 2 ** -24, Infinity, -Infinity, NaN]
  const wide = widen(Uint16Array.from(halves), new Float32Array(halves.length))
  for (const [index, number] of numbers.entries()) assert.ok(Object.is(wide[index], number), `${number}: ${wide[index]}`)
})

test.run()
