import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { readJson } from '../model-directory.ts'
import { type Dense, readDense } from './dense.ts'
import type { Answers } from './heads.ts'
import type { Pooling } from './pooling.ts'

/** What follows the transformer. Source: sentence-transformers, `modules.json`. */
export interface Modules {
  /** Of several, the vectors are put one behind the other; none: vectors are the tokens'. Undefined: the directory does not say. */
  readonly pooling: readonly Pooling[] | undefined
  readonly dense: readonly Dense[]
  /** Whether vectors are normalized; undefined: the directory does not say. */
  readonly normalize: boolean | undefined
  /** The tokens by which a language model says yes and no; undefined: the directory does not say. */
  readonly answers: Answers | undefined
}

const ModulesFile = z.array(z.looseObject({ path: z.string(), type: z.string() }))

/** The modes of Pooling by their names in its files. */
const poolings: Readonly<Record<string, Pooling>> = {
  cls: 'CLS',
  cls_token: 'CLS',
  max: 'MAX',
  max_tokens: 'MAX',
  mean: 'MEAN',
  mean_tokens: 'MEAN',
  mean_sqrt_len_tokens: 'MEAN_SQRT_LEN',
  weightedmean: 'WEIGHTED_MEAN',
  weightedmean_tokens: 'WEIGHTED_MEAN',
  lasttoken: 'LAST',
}

/** One name or several, as sentence-transformers 5.4 writes them; before, a flag for each. */
const PoolingConfig = z.looseObject({
  pooling_mode: z.union([z.string().transform((mode) => [mode]), z.array(z.string())]).nullish(),
  include_prompt: z.boolean().nullish(),
})

const SpladeConfig = z.looseObject({ pooling_strategy: z.string().nullish(), activation_function: z.string().nullish() })

/** The last part of a type's name is enough: sentence-transformers has moved its modules about, and others have some of the same name. */
const nameOf = ({ type }: { readonly type: string }) => type.split('.').at(-1) ?? ''

const readFile = (directory: string) => readJson(join(directory, 'modules.json'), ModulesFile)

/** The names of a directory's modules; undefined: it does not tell of them. */
export const moduleNames = async (directory: string) => (await readFile(directory))?.map(nameOf)

/**
 * Reads a directory's `modules.json`, or what it has of a pooling without one.
 *
 * @throws EngineError `bad_model` naming the module that is missing, wrong, or not supported
 */
export async function readModules(directory: string): Promise<Modules> {
  const modules = await readFile(directory)
  if (!modules) {
    const pooling = await readPooling(join(directory, '1_Pooling'))
    return { pooling, dense: [], normalize: undefined, answers: undefined }
  }
  const folders = (name: string) => modules.filter((each) => nameOf(each) === name).map(({ path }) => join(directory, path))
  const unknown = modules.find((each) => !knownModules.has(nameOf(each)))
  if (unknown) {
    const known = [...knownModules].join(', ')
    throw new EngineError('bad_model', `modules.json in ${directory} has a ${unknown.type}; supported are ${known}.`)
  }
  const [pooling] = folders('Pooling')
  const [splade] = folders('SpladePooling')
  const [score] = folders('LogitScore')
  return {
    pooling: pooling !== undefined ? await readPooling(pooling) : splade !== undefined ? await readSplade(splade) : [],
    dense: await Promise.all(folders('Dense').map(readDense)),
    normalize: folders('Normalize').length > 0 || (pooling === undefined && splade === undefined),
    answers: score === undefined ? undefined : await readAnswers(score),
  }
}

const knownModules = new Set(['Transformer', 'MLMTransformer', 'Pooling', 'SpladePooling', 'Dense', 'Normalize', 'LogitScore'])

async function readPooling(folder: string): Promise<readonly Pooling[] | undefined> {
  const file = join(folder, 'config.json')
  const config = await readJson(file, PoolingConfig)
  if (!config) return undefined
  if (config.include_prompt === false) {
    throw new EngineError('bad_model', `${file} leaves prompts out of the pooling (include_prompt), which is not supported.`)
  }
  const flags = Object.entries(config).filter(([name, value]) => name.startsWith('pooling_mode_') && value === true)
  const modes = config.pooling_mode ?? flags.map(([name]) => name.slice('pooling_mode_'.length))
  return modes.map((mode) => {
    const pooling = Object.hasOwn(poolings, mode) ? poolings[mode] : undefined
    if (pooling) return pooling
    throw new EngineError('bad_model', `${file} asks for the pooling ${mode}; supported are ${Object.keys(poolings).join(', ')}.`)
  })
}

async function readSplade(folder: string): Promise<readonly Pooling[]> {
  const file = join(folder, 'config.json')
  const { pooling_strategy = 'max', activation_function = 'relu' } = (await readJson(file, SpladeConfig)) ?? {}
  if (pooling_strategy === 'max' && activation_function === 'relu') return ['SPLADE']
  const asked = `${pooling_strategy} of ${activation_function}`
  throw new EngineError('bad_model', `${file} asks for the ${asked}; supported is the max of relu.`)
}

const AnswersConfig = z.looseObject({ true_token_id: z.int().min(0), false_token_id: z.int().min(0).nullish() })

async function readAnswers(folder: string): Promise<Answers> {
  const file = join(folder, 'config.json')
  const config = await readJson(file, AnswersConfig)
  if (!config) throw new EngineError('bad_model', `${file} is missing, which modules.json names.`)
  return { yes: config.true_token_id, no: config.false_token_id ?? undefined }
}
