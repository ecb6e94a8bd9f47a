import type { z } from 'zod'
import type { Adjustments } from './adjustments.ts'
import { type Listener, LlmEngine } from './engine.ts'
import { readModelFiles } from './model-files.ts'
import { openGuesser } from './open-guesser.ts'
import { openRewritten, openRunner } from './open-runner.ts'
import { modelInit, TextGenerationOptions } from './options.ts'

/** The step loop of a host process, without the process. */
export interface BareLoop {
  /** Answers all prompts together, greedily, each with so many tokens; how many tokens came. */
  decode(prompts: readonly (readonly number[])[], newTokens: number, adjustments?: Adjustments): Promise<number>
  dispose(): Promise<void>
}

/** Opens a model's step loop in this process: what serving costs beside the model is measured against it. */
export async function openBareLoop(directory: string, options: z.input<typeof TextGenerationOptions>): Promise<BareLoop> {
  const parsed = TextGenerationOptions.parse(options)
  const asked = modelInit(await readModelFiles(directory, parsed.model_file), parsed)
  const silent = { log: () => {}, progress: () => {} }
  const { session, init } = await openRewritten(asked, silent)
  const runner = await openRunner(session, init, () => {})
  const guesser = await openGuesser(runner, init, silent)
  let tokens = 0
  const listener: Listener = {
    started: () => {},
    emit: (events) => {
      tokens += events.filter(([, event]) => !('foundTokens' in event)).length
    },
    fail: (_, error) => {
      throw error
    },
  }
  const engine = new LlmEngine(runner, init, listener, guesser)
  return {
    async decode(prompts, newTokens, adjustments) {
      tokens = 0
      for (const [choice, prompt] of prompts.entries()) {
        const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0, choice }
        const maxLength = prompt.length + newTokens
        engine.add(choice, { prompt, emitted: [], sampling, adjustments, maxLength, endTokens: [] })
      }
      await engine.idle()
      return tokens
    },
    async dispose() {
      await guesser?.dispose()
      await session.dispose()
      runner.dispose()
    },
  }
}
