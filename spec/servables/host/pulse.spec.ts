import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Pulse } from '../../../servables/host/pulse.ts'

const minutes = (count: number) => count * 60_000

test('work that moves is alive, whatever it uses', () => {
  const pulse = new Pulse(0, 0)
  assert.ok(pulse.isAlive(true, 500, 0))
  assert.ok(pulse.isAlive(true, minutes(60), 0))
})

test('work that stands still is alive as long as something is computed since the last question', () => {
  const pulse = new Pulse(0, 1000)
  assert.ok(pulse.isAlive(false, 500, 1500))
  assert.ok(pulse.isAlive(false, 1000, 1510))
  assert.not(pulse.isAlive(false, 1500, 1513))
  assert.ok(pulse.isAlive(false, 2000, 2000))
})

test('what computes without end is not taken for a long run for ever', () => {
  const pulse = new Pulse(0, 0)
  const at = (minute: number, isMoving: boolean) => pulse.isAlive(isMoving, minutes(minute), minutes(minute))
  assert.ok(at(5, true))
  assert.ok(at(14, false))
  assert.not(at(15, false))
  assert.ok(at(16, true))
  assert.ok(at(25, false))
})

test.run()
