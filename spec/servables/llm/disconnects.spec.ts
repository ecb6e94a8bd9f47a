import { setInterval } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { GrammarSpec } from '../../../servables/grammar/index.ts'
import { samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { random } from '../grammar/walks.ts'
import { codeOf, directoryOf, hostModel, promptOf } from './tiny-models.ts'

const draw = random(7)
const below = (count: number): number => Math.floor(draw() * count)
const params = samplingParams({ temperature: 1, seed: 5, ignoreEos: true })

test('requests with grammars that vanish at any moment, while they are compiled too, leave nothing behind', async () => {
  const asked = { options: { max_num_seqs: 4 }, limits: { maxAnswers: 100 }, hasGrammars: true }
  const { host, llm } = await hostModel(directoryOf('tiny-llama'), asked)
  const ask = async (): Promise<readonly (readonly (number | undefined)[])[]> => {
    const answers: (number | undefined)[][] = [[], []]
    const asked = { ...params, n: 2, grammar: { type: 'regex', pattern: '[A-F]{30}' } as const }
    for await (const { choice, token } of eachStep(llm.generate([[5, 6, 7]], asked, new AbortController().signal)))
      answers[choice]!.push(token)
    return answers
  }
  const before = await ask()

  // An answer without a grammar, whose steps are the clock by which the others leave.
  const clock = new AbortController()
  let steps = 0
  const ticking = codeOf(async () => {
    while (!clock.signal.aborted) for await (const _ of llm.generate([[9, 9]], params, clock.signal)) steps++
  })
  let left = 100
  let number = 0
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const grammar: GrammarSpec = { type: 'regex', pattern: `[A-Z]{${200 + below(8)}}[0-9]{${number++ % 12}}` }
      const leaving = new AbortController()
      const end = steps + below(40)
      const asked = { ...params, n: 1 + below(3), grammar }
      const answer = codeOf(async () => {
        for await (const _ of llm.generate([promptOf(1 + below(40), number)], asked, leaving.signal)) if (steps > end) return
      })
      for await (const _ of setInterval(1)) if (steps >= end) break
      leaving.abort()
      await answer
    }
  }
  await Promise.all(Array.from({ length: 10 }, client))
  clock.abort()
  await ticking
  const isEmpty = () => host.stats?.running === 0 && host.stats.waiting === 0 && host.stats.cacheUsage === 0
  for await (const _ of setInterval(10)) if (isEmpty()) break
  assert.is(host.restarts, 0)
  assert.equal(await ask(), before)
  await host.dispose()
})

test.run()
