import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { findModelFile, readJson } from '../model-directory.ts'
import { activationFields, activationOf } from './activation.ts'
import type { Activation, EncoderTask } from './encoder.ts'
import { type Modules, moduleNames, readModules } from './modules.ts'
import type { PastShape } from './runner.ts'

const Count = z.int().positive()

/** `config.json` of transformers. */
const Config = z.looseObject({
  model_type: z.string().nullish(),
  architectures: z.array(z.string()).nullish(),
  vocab_size: Count,
  max_position_embeddings: z.int().nullish(),
  n_positions: z.int().nullish(),
  pad_token_id: z.int().nullish(),
  hidden_size: Count.nullish(),
  num_attention_heads: Count.nullish(),
  n_heads: Count.nullish(),
  n_head: Count.nullish(),
  num_key_value_heads: Count.nullish(),
  head_dim: Count.nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
  lora_adaptations: z.array(z.string()).nullish(),
  task_instructions: z.record(z.string(), z.string()).nullish(),
  ...activationFields,
})

const SentenceConfig = z.looseObject({ max_seq_length: Count.nullish(), do_lower_case: z.boolean().nullish() })
const Token = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish()
const TokenizerConfig = z.looseObject({ model_max_length: z.number().nullish(), mask_token: Token, eos_token: Token })
const SentenceTransformersConfig = z.looseObject({
  /** `CrossEncoder`, `SparseEncoder`, …; since sentence-transformers 5. */
  model_type: z.string().nullish(),
  activation_fn: z.string().nullish(),
  prompts: z.record(z.string(), z.string()).nullish(),
  default_prompt_name: z.string().nullish(),
  /** PyLate's, of ColBERT's models. */
  query_prefix: z.string().nullish(),
  document_prefix: z.string().nullish(),
  query_length: Count.nullish(),
  do_query_expansion: z.boolean().nullish(),
  attend_to_expansion_tokens: z.boolean().nullish(),
})

/** What a Hugging Face directory says about its encoder. */
export interface EncoderFiles extends Modules {
  readonly file: string
  readonly modelType: string
  /** Whether it is a language model, whose next token says how relevant a document is. */
  readonly isLanguageModel: boolean
  readonly vocabularySize: number
  /** Tokens of one input at most. */
  readonly maxLength: number
  /** Whether it reads all texts in lower case, whatever its tokenizer does. */
  readonly lowersCase: boolean
  /** Of the attention in each layer; 12 if the directory does not say. */
  readonly attentionHeads: number
  readonly padToken: number
  /** Of a decoder's cache, where its file does not say; 0: config.json does not say either. */
  readonly past: PastShape
  readonly labels: readonly string[]
  readonly activation: Activation | undefined
  readonly prompts: Readonly<Record<string, string>>
  readonly defaultPrompt: string | undefined
  /** What queries are filled up with; undefined: nothing says that they are. */
  readonly queryFilling: QueryFilling | undefined
  /** What there are adapters for, in the order of their ids. Source: jina-embeddings-v3. */
  readonly tasks: readonly string[]
}

/** As PyLate keeps it with ColBERT's models; the token is as the tokenizer has it. */
export interface QueryFilling {
  readonly length: number
  readonly token: string
  readonly isAttended: boolean
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
  const [file, sentence, tokenizer, transformers, behind] = await Promise.all([
    findModelFile(directory, { asked, remedy }),
    readJson(join(directory, 'sentence_bert_config.json'), SentenceConfig),
    readJson(join(directory, 'tokenizer_config.json'), TokenizerConfig),
    readJson(join(directory, 'config_sentence_transformers.json'), SentenceTransformersConfig),
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
    lowersCase: sentence?.do_lower_case === true,
    attentionHeads: config.num_attention_heads ?? config.n_heads ?? config.n_head ?? 12,
    padToken,
    past: pastOf(config),
    labels: labelsOf(config.id2label ?? {}),
    activation: activationOf({ sentence_transformers: transformers, ...config }),
    prompts: { ...config.task_instructions, ...promptsOf(transformers) },
    defaultPrompt: transformers?.default_prompt_name ?? undefined,
    queryFilling: behind.pooling?.length === 0 ? fillingOf(transformers, tokenizer) : undefined,
    tasks: config.lora_adaptations ?? [],
    ...behind,
  }
}

function pastOf(config: z.infer<typeof Config>): PastShape {
  const { hidden_size: width = 0, num_attention_heads: heads = 0 } = config
  return { heads: config.num_key_value_heads ?? heads ?? 0, size: config.head_dim ?? (heads ? (width ?? 0) / heads : 0) }
}

/** Without a token for masks PyLate takes the one that ends texts. */
function fillingOf(
  {
    query_length: length,
    do_query_expansion: fills,
    attend_to_expansion_tokens: attends,
  }: z.infer<typeof SentenceTransformersConfig> = {},
  { mask_token, eos_token }: z.infer<typeof TokenizerConfig> = {},
): QueryFilling | undefined {
  const token = mask_token ?? eos_token
  if (!length || fills === false || !token) return undefined
  return { length, token: typeof token === 'string' ? token : token.content, isAttended: attends === true }
}

const promptsOf = ({
  query_prefix: query,
  document_prefix: document,
  prompts,
}: z.infer<typeof SentenceTransformersConfig> = {}) => ({
  ...(query && { query }),
  ...(document && { document }),
  ...prompts,
})

const labelsOf = (names: Readonly<Record<string, string>>) =>
  Object.entries(names)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, label]) => label)

const isLanguageModel = (architectures: readonly string[] | null | undefined) =>
  (architectures ?? []).some((name) => name.endsWith('ForCausalLM'))

/** The parts that tell kinds apart; files that are broken tell nothing. */
async function signsOf(directory: string) {
  const [config, transformers, modules] = await Promise.all([
    readJson(join(directory, 'config.json'), Config.pick({ architectures: true })).catch(() => undefined),
    readJson(join(directory, 'config_sentence_transformers.json'), SentenceTransformersConfig).catch(() => undefined),
    moduleNames(directory).catch(() => undefined),
  ])
  const architectures = config && (config.architectures ?? [])
  const isCrossEncoder = transformers?.model_type === 'CrossEncoder' || modules?.includes('LogitScore') === true
  const ranks = isCrossEncoder || architectures?.some((name) => name.endsWith('ForSequenceClassification')) === true
  return { architectures, modules, ranks }
}

/** Whether a directory looks like a sentence-transformers model, or a transformer without a head. */
export async function isEmbedder(directory: string): Promise<boolean> {
  const { architectures, modules, ranks } = await signsOf(directory)
  if (architectures === undefined || ranks) return false
  return modules !== undefined || architectures.some((name) => /(Model|ForMaskedLM)$/.test(name))
}

/** Whether a directory looks like a cross-encoder. */
export const isReranker = async (directory: string) => (await signsOf(directory)).ranks
