import { EngineError } from '../../engine/index.ts'
import { hostMetricNames, metricsOfHost } from '../host/index.ts'
import type { LoadContext, Servable, ServableKind } from '../servable.ts'
import { loadTokenizer, lowerCasing, type Tokenizer } from '../tokenizer/index.ts'
import { type EncoderDescription, type EncoderHost, HostedTextEncoder } from './client.ts'
import type { EncoderTask, Filling } from './encoder.ts'
import { type EncoderFiles, isEmbedder, isReranker, readEncoderFiles } from './files.ts'
import type { Answers } from './heads.ts'
import type { EncoderInit, Lanes } from './hosted.ts'
import { EmbeddingsOptions, RerankOptions } from './options.ts'
import { familyOf, readPairTemplate } from './pair-template.ts'

/** Routes that all encoders have. */
const shared = { pooling: 'pooling', tokenize: 'encoders/tokenize', detokenize: 'encoders/detokenize' }

/** Models that make a vector of a text, in a directory of transformers or sentence-transformers. */
export const embeddings: ServableKind<EmbeddingsOptions> = {
  name: 'embeddings',
  offers: { ENCODER: 'Encoder', TOKENIZER: 'Tokenizer' },
  options: EmbeddingsOptions,
  endpoints: {
    embeddings: 'embeddings',
    embed: 'embed',
    embed_all: 'embed_all',
    embed_sparse: 'embed_sparse',
    'v1/embed': 'v2/embed',
    'v2/embed': 'v2/embed',
    ...shared,
  },
  looksFor: 'modules.json of sentence-transformers, or config.json with an architecture that ends in Model or ForMaskedLM',
  metrics: [...hostMetricNames],
  detect: isEmbedder,
  load: loadEmbedder,
}

/** Cross-encoders: models that score how well a document answers a query, or say what a text is. */
export const rerank: ServableKind<RerankOptions> = {
  name: 'rerank',
  offers: { ENCODER: 'Encoder', TOKENIZER: 'Tokenizer' },
  options: RerankOptions,
  endpoints: {
    rerank: 'rerank',
    'v1/rerank': 'rerank',
    'v2/rerank': 'rerank',
    score: 'score',
    classify: 'classify',
    ...shared,
  },
  looksFor:
    'config.json with an architecture that ends in ForSequenceClassification, or sentence-transformers files of a CrossEncoder',
  metrics: [...hostMetricNames],
  detect: isReranker,
  load: loadReranker,
}

type SharedOptions = Omit<RerankOptions, 'max_allowed_chunks' | 'activation' | 'instruction'>
/** What one of the kinds has of itself. */
interface Own {
  readonly init: Omit<EncoderInit, 'file' | 'padToken' | 'past' | 'precision' | 'lanes' | 'limits' | 'defaultTask' | 'dense'>
  readonly description: Pick<EncoderDescription, 'activation' | 'pairTemplate' | 'maxChunks' | 'prompts' | 'defaultPrompt'>
}

async function loadEmbedder(context: LoadContext, options: EmbeddingsOptions): Promise<Servable> {
  const { path, log } = context
  const { pooling, normalize_embeddings: normalize } = options
  const files = await readEncoderFiles(path, 'embeddings', options.model_file)
  const isUnknown = pooling === undefined && files.pooling === undefined
  if (isUnknown) log('warn', `${path} does not say how tokens are pooled; MEAN is assumed. Set the option pooling.`)
  const prompts = { ...files.prompts, ...options.prompts }
  const defaultPrompt = options.default_prompt_name ?? files.defaultPrompt
  checkDefault(defaultPrompt, [...Object.keys(prompts), ...files.tasks])
  const poolings = pooling ? [pooling] : (files.pooling ?? ['MEAN'])
  return load(context, options, files, {
    init: {
      task: 'embeddings',
      pooling: poolings,
      isPoolingAsked: pooling !== undefined,
      // Weights of words mean something by their size.
      normalize: normalize ?? files.normalize ?? !poolings.includes('SPLADE'),
    },
    description: {
      activation: 'identity',
      maxChunks: 1,
      prompts,
      defaultPrompt,
    },
  })
}

function checkDefault(name: string | undefined, known: readonly string[]): void {
  if (name === undefined || known.includes(name)) return
  const has = known.length > 0 ? `It has ${known.join(', ')}` : 'It has none'
  throw new EngineError('bad_model', `default_prompt_name is ${name}, which is no prompt of this model. ${has}.`)
}

async function loadReranker(context: LoadContext, options: RerankOptions): Promise<Servable> {
  const { path } = context
  const files = await readEncoderFiles(path, 'rerank', options.model_file)
  const answers = files.isLanguageModel ? await answersOf(path, files) : undefined
  const form = (await readPairTemplate(path)) ?? familyOf(files.modelType)?.template
  const instruction = options.instruction ?? files.prompts[files.defaultPrompt ?? '']
  return load(context, options, files, {
    init: { task: 'rerank', pooling: [], isPoolingAsked: false, normalize: false, answers },
    description: {
      activation: options.activation ?? files.activation ?? (files.labels.length > 1 ? 'softmax' : 'sigmoid'),
      pairTemplate: form && { ...form, before: (query, asked = instruction) => form.before(query, asked) },
      maxChunks: options.max_allowed_chunks,
      prompts: {},
      defaultPrompt: undefined,
    },
  })
}

async function load(context: LoadContext, options: SharedOptions, files: EncoderFiles, own: Own): Promise<Servable> {
  const { name, path, threads, memory, log, progress, signal } = context
  const { task } = own.init
  progress({ phase: 'reading', done: 0, total: 1 })
  const read = await loadTokenizer(path)
  const tokenizer = files.lowersCase ? lowerCasing(read) : read
  const queryFilling = await fillingOf(files, read)
  progress({ phase: 'reading', done: 1, total: 1 })
  const lanes = lanesOf(options.inference_num_threads ?? threads)
  const init: EncoderInit = {
    ...own.init,
    file: files.file,
    padToken: files.padToken,
    past: files.past,
    dense: files.dense,
    defaultTask: defaultTaskOf(files.tasks, own.description.defaultPrompt),
    precision: options.precision,
    lanes,
    limits: limitsOf(options, lanes),
  }
  const host: EncoderHost = await context.host.open({ name, kind: task, init, log, progress, signal })
  const { width, outputs, hasTasks, longest } = host.info
  const wanted = options.max_length ?? longestInMemory(files, memory, (message) => log('warn', message))
  const maxLength = Math.min(wanted, files.maxLength, longest)
  const encoder = new HostedTextEncoder(host, {
    ...own.description,
    name,
    maxLength,
    outputs,
    truncate: options.truncate,
    vocabularySize: files.vocabularySize,
    queryFilling: queryFilling && { ...queryFilling, length: Math.min(queryFilling.length, maxLength) },
    labels: labelsFor(task, files, width),
    // Those of a file without that input have been put into its weights.
    tasks: hasTasks ? files.tasks : [],
    maxQueuedTokens: options.max_queued_tokens,
  })
  return {
    sides: { ENCODER: encoder, TOKENIZER: tokenizer },
    maxModelLength: maxLength,
    ...(task === 'embeddings' && { hiddenSize: width }),
    get healthy() {
      return host.healthy
    },
    get metrics() {
      return metricsOfHost(host)
    },
    dispose: () => host.dispose(),
  }
}

/** Where nothing says what texts are for, they are to be compared with each other. */
function defaultTaskOf(tasks: readonly string[], named: string | undefined): number {
  const wanted = [named, 'text-matching'].find((task) => task !== undefined && tasks.includes(task))
  return wanted === undefined ? 0 : tasks.indexOf(wanted)
}

async function fillingOf({ queryFilling: told, file }: EncoderFiles, tokenizer: Tokenizer): Promise<Filling | undefined> {
  if (!told) return undefined
  const [token, ...more] = await tokenizer.encode(told.token, { addSpecialTokens: false })
  if (token !== undefined && more.length === 0) return { ...told, token }
  throw new EngineError('bad_model', `${file}: ${told.token}, with which queries are filled up, is no token of its tokenizer.`)
}

/** The tokens by which a language model says yes and no. */
async function answersOf(path: string, { answers, modelType }: EncoderFiles): Promise<Answers> {
  if (answers) return answers
  const family = familyOf(modelType)
  if (!family) {
    const missing = `${path} has a language model (${modelType}), and nothing says by which tokens it tells yes from no`
    throw new EngineError('bad_model', `${missing}. sentence-transformers' modules.json with a LogitScore does.`)
  }
  const tokenizer = await loadTokenizer(path)
  const [yes, no] = await Promise.all(
    [family.yes, family.no].map(async (word) => {
      const [id, ...more] = await tokenizer.encode(word, { addSpecialTokens: false })
      if (id !== undefined && more.length === 0) return id
      throw new EngineError('bad_model', `${path}: ${JSON.stringify(word)} is no token of its tokenizer, as ${modelType} has it.`)
    }),
  )
  return { yes: yes!, no }
}

/** Rows of the attention's scores, tokens², in one run: a text of 1,024 tokens, or four of 512. */
const MOST_SCORES = 1024 ** 2

/** Scores of all heads that a layer has in memory at once: measured, with a BERT of 12 heads at 1,024 to 4,096 tokens. */
const COPIES_OF_SCORES = 3

/** Bytes that the attention of one run takes: heads × scores floats, in copies. */
export const bytesOfScores = (heads: number, scores: number): number => COPIES_OF_SCORES * 4 * heads * scores

/** Tokens of a text whose attention such a memory holds. */
export function longestInMemory(
  { file, attentionHeads, maxLength }: Pick<EncoderFiles, 'file' | 'attentionHeads' | 'maxLength'>,
  memory: number,
  warn: (message: string) => void,
): number {
  const longest = Math.floor(Math.sqrt(memory / bytesOfScores(attentionHeads, 1)))
  if (longest >= maxLength) return maxLength
  warn(
    `${file}: texts may have ${longest} of its ${maxLength} tokens, as many as its share of half of the memory holds; set max_length.`,
  )
  return longest
}

/**
 * Runs side by side do more than runs one after the other: no thread waits for another, and while one run's texts come and go the
 * others compute. With many threads a run has several, so that a text that is alone does not take too long.
 */
function lanesOf(threads: number): Lanes {
  const count = Math.ceil(Math.sqrt(threads))
  return { count, threads: Math.max(1, Math.floor(threads / count)) }
}

/** Tokens that keep a thread busy: with more it does hardly more in a second, and who comes next waits longer. */
const TOKENS_PER_THREAD = 256

const limitsOf = (
  { max_batch_tokens, deterministic }: Pick<RerankOptions, 'max_batch_tokens' | 'deterministic'>,
  { threads }: Lanes,
) => ({
  tokens: max_batch_tokens ?? TOKENS_PER_THREAD * threads,
  scores: MOST_SCORES,
  rows: deterministic ? 1 : 256,
})

const labelsFor = (task: EncoderTask, { labels }: EncoderFiles, width: number) =>
  task === 'embeddings' ? [] : Array.from({ length: width }, (_, label) => labels[label] ?? `LABEL_${label}`)
