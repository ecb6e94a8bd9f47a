import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deathsAfter, delayAfter } from '../../../servables/host/backoff.ts'

test('delays grow with every try in vain, up to ten seconds', () => {
  const delays = Array.from({ length: 8 }, (_, tries) => delayAfter(tries + 1, 200))
  assert.equal(delays, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
  assert.is(delayAfter(5000, 1), 10_000)
})

test('deaths count as long as lives are short; a long one makes up for all before it', () => {
  let deaths = 0
  const count = (lifetime: number) => {
    deaths = deathsAfter(lifetime, deaths)
    return deaths
  }
  assert.equal([0, 500, 9999, 10_000, 3].map(count), [1, 2, 3, 1, 2])
})

test.run()
