import { join } from 'node:path'
import type * as BareLoop from '../../servables/llm/bare-loop.ts'
import { root } from '../cli/support.ts'

/** What `bare-loop.ts MODEL OPTIONS` opens the model with, as JSON. */
export type LoopOptions = Parameters<typeof BareLoop.openBareLoop>[1]

/** What it is asked for: answers of so many tokens to all prompts together. It replies with tokens per second. */
export interface Round {
  readonly prompts: readonly (readonly number[])[]
  readonly newTokens: number
}

/** The executor's loop alone: no other process works, there are no messages, no text. */
const [model = '', options = '{}'] = process.argv.slice(2)
const { openBareLoop }: typeof BareLoop = await import(join(root, 'dist/servables/llm/bare-loop.js'))
const loop = await openBareLoop(model, JSON.parse(options))

process.on('message', async ({ prompts, newTokens }: Round) => {
  let tokens = 0
  const began = performance.now()
  await Promise.all(prompts.map((prompt) => loop.answer(prompt, newTokens, () => tokens++)))
  process.send!(tokens / ((performance.now() - began) / 1000))
})
process.on('disconnect', () => loop.dispose())
