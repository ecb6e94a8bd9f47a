import { resolve } from 'node:path'
import type { z } from 'zod'
import type { Matcher } from '../grammar/index.ts'
import type { Adjustments } from './adjustments.ts'
import { type EngineStats, type Listener, LlmEngine } from './engine.ts'
import { readModelFiles } from './model-files.ts'
import { openGuesser } from './open-guesser.ts'
import { openRewritten, openRunner } from './open-runner.ts'
import { modelInit, TextGenerationOptions } from './options.ts'
import { Sequence, type SequenceCommand } from './sequence.ts'

/** The step loop of a host process, without the process. */
export interface BareLoop {
  readonly vocabularySize: number
  readonly stats: EngineStats
  /** Answers a prompt greedily, with so many tokens, beside whatever else is being answered; each token is told. */
  answer(
    prompt: readonly number[],
    newTokens: number,
    told: () => void,
    adjustments?: Adjustments,
    matcher?: Matcher,
  ): Promise<void>
  /** Seconds that so many decode runs of the model take, with neither scheduler nor sampler, all prompts in the cache. */
  runs(prompts: readonly (readonly number[])[], count: number): Promise<number>
  dispose(): Promise<void>
}

/** Opens a model's step loop in this process: what serving costs beside the model is measured against it. */
export async function openBareLoop(directory: string, options: z.input<typeof TextGenerationOptions>): Promise<BareLoop> {
  const parsed = TextGenerationOptions.parse(options)
  const { model_file, draft_models_path: drafting } = parsed
  const draft = drafting === undefined ? undefined : await readModelFiles(resolve(directory, drafting))
  const asked = modelInit(await readModelFiles(directory, model_file), parsed, { draft })
  const silent = { log: () => {}, progress: () => {} }
  const { session, init } = await openRewritten(asked, silent)
  const runner = await openRunner(session, init, () => {})
  const guesser = await openGuesser(runner, init, silent)
  const answers = new Map<number, { told(): void; left: number; end(): void }>()
  const listener: Listener = {
    started: () => {},
    emit(events) {
      for (const [id, event] of events) {
        const answer = answers.get(id)
        if (answer === undefined || 'foundTokens' in event) continue
        answer.told()
        if (--answer.left > 0) continue
        answers.delete(id)
        answer.end()
      }
    },
    fail: (_, error) => {
      throw error
    },
  }
  const engine = new LlmEngine(runner, init, listener, guesser)
  let added = 0
  return {
    vocabularySize: runner.vocabularySize,
    get stats() {
      return engine.stats
    },
    answer(prompt, newTokens, told, adjustments, matcher) {
      return new Promise((end) => {
        answers.set(++added, { told, left: newTokens, end })
        engine.add(added, { ...command(prompt, newTokens, added), adjustments }, matcher)
      })
    },
    async runs(prompts, count) {
      const sequences = prompts.map((prompt, row) => {
        const sequence = new Sequence(row, command(prompt, count, row))
        sequence.row = row
        for (let k = 0; k < count; k++) sequence.append(prompt[k] ?? 1)
        return sequence
      })
      for (const sequence of sequences) {
        await runner.run({ kind: 'prefill', sequence, from: 0, to: sequence.promptLength, wanting: [] })
        sequence.computed = sequence.promptLength
      }
      const began = performance.now()
      for (let k = 0; k < count; k++) {
        const lengths = sequences.map(({ computed }) => computed + 1)
        await runner.run({ kind: 'decode', sequences, lengths, wanting: sequences })
        for (const sequence of sequences) sequence.computed++
      }
      return (performance.now() - began) / 1000
    },
    async dispose() {
      await engine.idle()
      await guesser?.dispose()
      await session.dispose()
      runner.dispose()
    },
  }
}

const command = (prompt: readonly number[], newTokens: number, choice: number): SequenceCommand => ({
  prompt,
  emitted: [],
  sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0, choice },
  maxLength: prompt.length + newTokens,
  endTokens: [],
})
