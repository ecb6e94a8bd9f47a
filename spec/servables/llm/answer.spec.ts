import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Generation } from '../../../servables/llm/answer.ts'

const step = (choice: number, token: number) => ({ choice, token, finish: undefined, drop: () => {} })

test('steps that come between two looks are told together, each choice for itself', async () => {
  const generation = new Generation(() => {})
  for (const [choice, token] of [
    [0, 5],
    [1, 6],
    [0, 7],
  ] as const)
    generation.push(step(choice, token))
  const news = await generation.next()
  assert.equal(
    news.map((steps) => steps.map(({ choice, token }) => [choice, token])),
    [
      [
        [0, 5],
        [0, 7],
      ],
      [[1, 6]],
    ],
  )
  assert.equal(await generation.next(), [])
})

test.run()
