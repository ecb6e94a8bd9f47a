import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EngineError } from '../../../engine/index.ts'
import { layOut } from '../../../servables/grammar/index.ts'
import { Host, type HostOptions } from '../../../servables/host/index.ts'
import type { ModelInit } from '../../../servables/llm/architecture.ts'
import { LanguageModel, type Limits, type LlmHost } from '../../../servables/llm/client.ts'
import { type ModelFiles, readModelFiles } from '../../../servables/llm/model-files.ts'
import { openRunner, openSession } from '../../../servables/llm/open-runner.ts'
import { modelInit, TextGenerationOptions } from '../../../servables/llm/options.ts'
import type { Runner } from '../../../servables/llm/runner.ts'
import type { Sampling } from '../../../servables/llm/sampler.ts'
import type { SequenceCommand } from '../../../servables/llm/sequence.ts'
import { readTokenBytes, type Tokenizer } from '../../../servables/tokenizer/index.ts'
import { byteTokenizer } from '../../support/fakes.ts'

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

export interface HostedModel {
  readonly host: LlmHost
  readonly llm: LanguageModel
}

export interface HostedOptions {
  /** Of the model. */
  readonly options?: object
  readonly limits?: Partial<Limits>
  /** Of the host's process. */
  readonly life?: Pick<HostOptions, 'hangAfter' | 'restartDelay'>
  /** Default: a token is a byte. */
  readonly tokenizer?: Pick<Tokenizer, 'encode'>
  /** Whether answers can be held to a grammar. */
  readonly hasGrammars?: boolean
  /** Made to what is read of the directory. */
  readonly changes?: Partial<ModelFiles>
}

/**
 * A model in a host process of its own, and what requests see of it. Each step is told by itself, so that tests can tell when they
 * end a host. The host is the caller's to end.
 */
export async function hostModel(directory: string, asked: HostedOptions = {}): Promise<HostedModel> {
  const { options = {}, limits, life, tokenizer = byteTokenizer, hasGrammars = false, changes } = asked
  const files = { ...(await readModelFiles(directory)), ...changes }
  const pieces = hasGrammars ? await readTokenBytes(directory) : undefined
  const vocabulary = pieces && layOut(pieces, files.vocabularySize, files.endTokens)
  const parsed = TextGenerationOptions.parse({ stream_interval: 0, ...options })
  const draft = parsed.draft_models_path === undefined ? undefined : files
  const init = { ...modelInit(files, parsed, { draft }), vocabulary }
  const { signal } = new AbortController()
  const told = { log: () => {}, progress: () => {} }
  const host: LlmHost = await Host.start({ name: 'tiny', kind: 'text_generation', init, signal, ...told, ...life })
  const llm = new LanguageModel('tiny', host, files, { maxModelLength: init.maxLength, maxAnswers: 64, ...limits }, tokenizer)
  return { host, llm }
}

/** What a block of the model's cache takes. */
export const blockBytesOf = async (model: string): Promise<number> => {
  const { runner, dispose } = await openTiny(model, {}, { cacheBytes: 2 ** 20, prefixCacheBytes: 0 })
  await dispose()
  return Math.floor(2 ** 20 / runner.capacity.blocks)
}
