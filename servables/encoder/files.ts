import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { exists, findModelFile, readJson } from '../model-directory.ts'
import { type Dense, readDense } from './dense.ts'
import type { EncoderTask } from './encoder.ts'
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
})

/** What follows the transformer. Source: sentence-transformers, `modules.json`. */
const Modules = z.array(z.looseObject({ path: z.string(), type: z.string() }))

const PoolingConfig = z.looseObject({
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(false),
  pooling_mode_max_tokens: z.boolean().default(false),
  pooling_mode_mean_sqrt_len_tokens: z.boolean().default(false),
  pooling_mode_weightedmean_tokens: z.boolean().default(false),
  pooling_mode_lasttoken: z.boolean().default(false),
})

const SentenceConfig = z.looseObject({ max_seq_length: Count.nullish() })
const TokenizerConfig = z.looseObject({ model_max_length: z.number().nullish() })
const PromptsConfig = z.looseObject({ prompts: z.record(z.string(), z.string()).nullish() })

/** What a Hugging Face directory says about its encoder. */
export interface EncoderFiles {
  readonly file: string
  readonly modelType: string
  readonly vocabularySize: number
  /** Tokens of one input at most. */
  readonly maxLength: number
  readonly padToken: number
  readonly labels: readonly string[]
  readonly prompts: Readonly<Record<string, string>>
  /** Of several, the vectors are put one behind the other. Undefined: the directory does not say. */
  readonly pooling: readonly Pooling[] | undefined
  readonly dense: readonly Dense[]
  /** Whether vectors are normalized; undefined: the directory does not say. */
  readonly normalize: boolean | undefined
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
    vocabularySize: config.vocab_size,
    maxLength: Math.min(...lengths.map(Number)),
    padToken,
    labels: labelsOf(config.id2label ?? {}),
    prompts: prompts?.prompts ?? {},
    ...behind,
  }
}

const labelsOf = (names: Readonly<Record<string, string>>) =>
  Object.entries(names)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, label]) => label)

async function readModules(directory: string): Promise<Pick<EncoderFiles, 'pooling' | 'dense' | 'normalize'>> {
  const modules = await readJson(join(directory, 'modules.json'), Modules)
  if (!modules) {
    const pooling = await readPooling(join(directory, '1_Pooling'))
    return { pooling, dense: [], normalize: undefined }
  }
  const folders = (name: string) =>
    modules.filter(({ type }) => type.split('.').at(-1) === name).map(({ path }) => join(directory, path))
  const unknown = modules.find(({ type }) => !knownModules.has(type.split('.').at(-1) ?? ''))
  if (unknown) {
    const known = [...knownModules].join(', ')
    throw new EngineError('bad_model', `modules.json in ${directory} has a ${unknown.type}; supported are ${known}.`)
  }
  const [pooling] = folders('Pooling')
  return {
    pooling: pooling === undefined ? undefined : await readPooling(pooling),
    dense: await Promise.all(folders('Dense').map(readDense)),
    normalize: folders('Normalize').length > 0,
  }
}

const knownModules = new Set(['Transformer', 'Pooling', 'Dense', 'Normalize'])

async function readPooling(folder: string): Promise<readonly Pooling[] | undefined> {
  const file = join(folder, 'config.json')
  const config = await readJson(file, PoolingConfig)
  if (!config) return undefined
  if (config.pooling_mode_weightedmean_tokens) {
    throw new EngineError('bad_model', `${file} asks for weighted means of tokens, which are not supported.`)
  }
  const modes: readonly (readonly [boolean, Pooling])[] = [
    [config.pooling_mode_cls_token, 'CLS'],
    [config.pooling_mode_max_tokens, 'MAX'],
    [config.pooling_mode_mean_tokens, 'MEAN'],
    [config.pooling_mode_mean_sqrt_len_tokens, 'MEAN_SQRT_LEN'],
    [config.pooling_mode_lasttoken, 'LAST'],
  ]
  return modes.flatMap(([isOn, mode]) => (isOn ? [mode] : []))
}

/** Whether a directory looks like a sentence-transformers model, or a transformer without a head. */
export async function isEmbedder(directory: string): Promise<boolean> {
  const config = await readJson(join(directory, 'config.json'), Config.pick({ architectures: true })).catch(() => undefined)
  if (config === undefined) return false
  if ((config.architectures ?? []).some((name) => name.endsWith('ForSequenceClassification'))) return false
  if (await exists(join(directory, 'modules.json'))) return true
  return (config.architectures ?? []).some((name) => /(Model|ForMaskedLM)$/.test(name))
}

/** Whether a directory looks like a cross-encoder. */
export async function isReranker(directory: string): Promise<boolean> {
  const config = await readJson(join(directory, 'config.json'), Config.pick({ architectures: true })).catch(() => undefined)
  return (config?.architectures ?? []).some((name) => name.endsWith('ForSequenceClassification'))
}
