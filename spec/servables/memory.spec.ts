import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryForRequests, usableMemory } from '../../servables/memory.ts'

test('the requests of all servables together may take half of the memory, whatever their number', () => {
  for (const servables of [0, 1, 2, 7]) {
    assert.is(memoryForRequests(16e9, servables) * Math.max(1, servables), 8e9)
  }
})

test('what a process may use is no more than the machine has', () => {
  assert.ok(usableMemory() > 2 ** 20 && usableMemory() < 2 ** 50)
})

test.run()
