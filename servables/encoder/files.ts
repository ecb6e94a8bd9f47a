import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { findModelFile, readJson } from '../model-directory.ts'
import { activationFields, activationOf } from './activation.ts'
import { type Dense, readDense } from './dense.ts'
import type { Activation, EncoderTask } from './encoder.ts'
import type { Answers } from './heads.ts'
import type { Pooling } from './pooling.ts'

const Count = z.int().positive()

/** `config.json` of transformers. */
const Config = z.looseObject({
  model_type: z.string().nullish(),
  architectures: z.array(z.string()).nullish(),
  vocab_size: Count,
  max_position_embeddings: z.int().nullish(),
  n_positions: z.int().nullish(),
  pad_token_id: z.int().nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
  lora_adaptations: z.array(z.string()).nullish(),
  task_instructions: z.record(z.string(), z.string()).nullish(),
  ...activationFields,
})

/** What follows the transformer. Source: sentence-transformers, `modules.json`. */
const Modules = z.array(z.looseObject({ path: z.string(), type: z.string() }))

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

const SentenceConfig = z.looseObject({ max_seq_length: Count.nullish() })
const TokenizerConfig = z.looseObject({ model_max_length: z.number().nullish() })
const PromptsConfig = z.looseObject({
  prompts: z.record(z.string(), z.string()).nullish(),
  default_prompt_name: z.string().nullish(),
})

/** What a Hugging Face directory says about its encoder. */
export interface EncoderFiles {
  readonly file: string
  readonly modelType: string
  /** Whether it is a language model, whose next token says how relevant a document is. */
  readonly isLanguageModel: boolean
  readonly vocabularySize: number
  /** Tokens of one input at most. */
  readonly maxLength: number
  readonly padToken: number
  readonly labels: readonly string[]
  readonly activation: Activation | undefined
  readonly prompts: Readonly<Record<string, string>>
  readonly defaultPrompt: string | undefined
  /** What there are adapters for, in the order of their ids. Source: jina-embeddings-v3. */
  readonly tasks: readonly string[]
  /** Of several, the vectors are put one behind the other; none: vectors are the tokens'. Undefined: the directory does not say. */
  readonly pooling: readonly Pooling[] | undefined
  readonly dense: readonly Dense[]
  /** Whether vectors are normalized; undefined: the directory does not say. */
  readonly normalize: boolean | undefined
  /** The tokens by which a language model says yes and no; undefined: the directory does not say. */
  readonly answers: Answers | undefined
}

/** Positions before the first one, as RoBERTa and its kin count from behind the padding token's. */
const countFromPadding = new Set(['roberta', 'xlm-roberta', 'camembert', 'mpnet', 'xlm-roberta-xl', 'longformer'])

/**
 * Reads a directory of transformers or sentence-transformers and finds its ONNX file.
 *
 * @param asked the ONNX file that is wanted, relative to the directory
 * @throws EngineError `bad_model` naming the file that is missing or wrong
 */
export async function readEncoderFiles(directory: string, task: EncoderTask, asked?: string): Promise<EncoderFiles> {
  const configFile = join(directory, 'config.json')
  const config = await readJson(configFile, Config)
  if (!config) {
    const remedy = 'It comes with the model on Hugging Face; put it beside the ONNX file'
    throw new EngineError('bad_model', `${configFile} is missing. ${remedy}.`)
  }
  const type = task === 'rerank' ? 'text-classification' : 'feature-extraction'
  const remedy = `Export it with 'optimum-cli export onnx --task ${type}'.`
  const [file, sentence, tokenizer, prompts, behind] = await Promise.all([
    findModelFile(directory, { asked, remedy }),
    readJson(join(directory, 'sentence_bert_config.json'), SentenceConfig),
    readJson(join(directory, 'tokenizer_config.json'), TokenizerConfig),
    readJson(join(directory, 'config_sentence_transformers.json'), PromptsConfig),
    readModules(directory),
  ])
  const modelType = config.model_type ?? ''
  const padToken = config.pad_token_id ?? 0
  const positions = config.max_position_embeddings ?? config.n_positions ?? 512
  const most = countFromPadding.has(modelType) ? positions - padToken - 1 : positions
  const lengths = [most, sentence?.max_seq_length, tokenizer?.model_max_length].filter((length) => length && length > 0)
  return {
    file,
    modelType,
    isLanguageModel: isLanguageModel(config.architectures),
    vocabularySize: config.vocab_size,
    maxLength: Math.min(...lengths.map(Number)),
    padToken,
    labels: labelsOf(config.id2label ?? {}),
    activation: activationOf(config),
    prompts: { ...config.task_instructions, ...prompts?.prompts },
    defaultPrompt: prompts?.default_prompt_name ?? undefined,
    tasks: config.lora_adaptations ?? [],
    ...behind,
  }
}

const labelsOf = (names: Readonly<Record<string, string>>) =>
  Object.entries(names)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, label]) => label)

/** The last part of a type's name is enough: sentence-transformers has moved its modules about, and others have some of the same name. */
const nameOf = ({ type }: { readonly type: string }) => type.split('.').at(-1) ?? ''

type Behind = Pick<EncoderFiles, 'pooling' | 'dense' | 'normalize' | 'answers'>

async function readModules(directory: string): Promise<Behind> {
  const modules = await readJson(join(directory, 'modules.json'), Modules)
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
    const pooling = poolings[mode]
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

const isLanguageModel = (architectures: readonly string[] | null | undefined) =>
  (architectures ?? []).some((name) => name.endsWith('ForCausalLM'))

const isClassifier = (architectures: readonly string[] | null | undefined) =>
  (architectures ?? []).some((name) => name.endsWith('ForSequenceClassification'))

/** The parts that tell kinds apart; files that are broken tell nothing. */
async function signsOf(directory: string) {
  const [config, modules] = await Promise.all([
    readJson(join(directory, 'config.json'), Config.pick({ architectures: true })).catch(() => undefined),
    readJson(join(directory, 'modules.json'), Modules).catch(() => undefined),
  ])
  return { architectures: config?.architectures, modules: modules?.map(nameOf) }
}

/** Whether a directory looks like a sentence-transformers model, or a transformer without a head. */
export async function isEmbedder(directory: string): Promise<boolean> {
  const { architectures, modules } = await signsOf(directory)
  if (architectures === undefined || isClassifier(architectures) || modules?.includes('LogitScore')) return false
  return modules !== undefined || (architectures ?? []).some((name) => /(Model|ForMaskedLM)$/.test(name))
}

/** Whether a directory looks like a cross-encoder. */
export async function isReranker(directory: string): Promise<boolean> {
  const { architectures, modules } = await signsOf(directory)
  return isClassifier(architectures) || modules?.includes('LogitScore') === true
}
