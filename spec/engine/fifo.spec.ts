import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Fifo } from '../../engine/fifo.ts'

test('gives back in order what was put in, like an array', () => {
  const commands = fc.array(fc.integer({ min: -2, max: 5 }), { maxLength: 400 })
  const property = fc.property(commands, (steps) => {
    const fifo = new Fifo<number>()
    const array: number[] = []
    for (const step of steps) {
      if (step >= 0) {
        fifo.push(step)
        array.push(step)
      } else assert.is(fifo.shift(), array.shift())
      assert.is(fifo.length, array.length)
      assert.is(fifo.peek(), array[0])
    }
    fifo.clear()
    assert.is(fifo.length, 0)
    assert.is(fifo.shift(), undefined)
  })
  fc.assert(property)
})

test('stays in order when it is long', () => {
  const fifo = new Fifo<number>()
  const got: (number | undefined)[] = []
  for (let k = 0; k < 1000; k++) {
    fifo.push(2 * k)
    fifo.push(2 * k + 1)
    got.push(fifo.shift())
  }
  while (fifo.length > 0) got.push(fifo.shift())
  assert.equal(
    got,
    Array.from({ length: 2000 }, (_, k) => k),
  )
})

test.run()
