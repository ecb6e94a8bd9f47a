import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EngineError } from '../../../engine/index.ts'
import type { ModelInit } from '../../../servables/llm/architecture.ts'
import { readModelFiles } from '../../../servables/llm/model-files.ts'
import { openRunner, openSession } from '../../../servables/llm/open-runner.ts'
import { modelInit, TextGenerationOptions } from '../../../servables/llm/options.ts'
import type { Runner } from '../../../servables/llm/runner.ts'
import type { Sampling } from '../../../servables/llm/sampler.ts'
import type { SequenceCommand } from '../../../servables/llm/sequence.ts'

export interface Golden {
  readonly generations: readonly {
    readonly text: string
    readonly prompt: readonly number[]
    readonly tokens: readonly number[]
    readonly finish_reason: 'stop' | 'length'
  }[]
}

export const directoryOf = (model: string): string => join(import.meta.dirname, '../../fixtures/models', model)

/** What transformers answers greedily; the table's tokens include the end token, which answers here do not. */
export const goldenOf = (model: string): Golden['generations'] => {
  const { generations }: Golden = JSON.parse(readFileSync(join(directoryOf(model), 'golden.json'), 'utf8'))
  return generations.map((generation) => ({
    ...generation,
    tokens: generation.finish_reason === 'stop' ? generation.tokens.slice(0, -1) : generation.tokens,
  }))
}

export const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0, choice: 0 }

/** A prompt of so many tokens, like no other of another seed. */
export const promptOf = (length: number, seed: number): readonly number[] =>
  Array.from({ length }, (_, index) => 3 + ((index * 37 + seed * 101 + ((index * seed) % 7)) % 480))

export const command = (prompt: readonly number[], answer: number, sampling = greedy): SequenceCommand => ({
  prompt,
  emitted: [],
  sampling,
  maxLength: prompt.length + answer,
  endTokens: [],
})

export const codeOf = async (doing: () => unknown): Promise<string> => {
  try {
    await doing()
    return 'nothing thrown'
  } catch (error) {
    return error instanceof EngineError ? error.code : String(error)
  }
}

export interface OpenModel {
  readonly init: ModelInit
  readonly runner: Runner
  dispose(): Promise<void>
}

/** A tiny model in this process. `changes` are made to what a host process would be told. */
export const openTiny = (model: string, options: object = {}, changes: Partial<ModelInit> = {}): Promise<OpenModel> =>
  openModel(directoryOf(model), options, changes)

/** The same of a model's directory. */
export const openModel = async (
  directory: string,
  options: object = {},
  changes: Partial<ModelInit> = {},
): Promise<OpenModel> => {
  const init = { ...modelInit(await readModelFiles(directory), TextGenerationOptions.parse(options)), ...changes }
  const session = await openSession(init.file)
  const dispose = async (runner?: Runner): Promise<void> => {
    await session.dispose()
    runner?.dispose()
  }
  try {
    const runner = await openRunner(session, init, () => {})
    return { init, runner, dispose: () => dispose(runner) }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** What a block of the model's cache takes. */
export const blockBytesOf = async (model: string): Promise<number> => {
  const { runner, dispose } = await openTiny(model, {}, { cacheBytes: 2 ** 20, prefixCacheBytes: 0 })
  await dispose()
  return Math.floor(2 ** 20 / runner.capacity.blocks)
}
