import { hostMetricNames, metricsOfHost } from '../host/index.ts'
import type { LoadContext, Servable, ServableKind } from '../servable.ts'
import { loadTokenizer } from '../tokenizer/index.ts'
import { type EncoderHost, HostedTextEncoder } from './client.ts'
import type { EncoderTask } from './encoder.ts'
import { type EncoderFiles, isEmbedder, isReranker, readEncoderFiles } from './files.ts'
import type { EncoderInit } from './hosted.ts'
import { EmbeddingsOptions, RerankOptions } from './options.ts'

const tokenEndpoints = { tokenize: 'tokenize', detokenize: 'detokenize' }

/** Models that make a vector of a text, in a directory of transformers or sentence-transformers. */
export const embeddings: ServableKind<EmbeddingsOptions> = {
  name: 'embeddings',
  offers: { ENCODER: 'Encoder', TOKENIZER: 'Tokenizer' },
  options: EmbeddingsOptions,
  endpoints: { embeddings: 'embeddings', embed: 'embed', 'v1/embed': 'v2/embed', 'v2/embed': 'v2/embed', ...tokenEndpoints },
  looksFor: 'modules.json of sentence-transformers, or config.json with an architecture that ends in Model or ForMaskedLM',
  metrics: [...hostMetricNames],
  detect: isEmbedder,
  load: (context, options) => load(context, 'embeddings', options, options.pooling, options.normalize_embeddings),
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
    ...tokenEndpoints,
  },
  looksFor: 'config.json with an architecture that ends in ForSequenceClassification',
  metrics: [...hostMetricNames],
  detect: isReranker,
  load: (context, options) => load(context, 'rerank', options),
}

async function load(
  context: LoadContext,
  task: EncoderTask,
  options: Omit<RerankOptions, 'max_allowed_chunks'>,
  pooling?: EmbeddingsOptions['pooling'],
  normalize?: boolean,
): Promise<Servable> {
  const { name, path, threads, log, progress, signal } = context
  progress({ phase: 'reading', done: 0, total: 1 })
  const [files, tokenizer] = await Promise.all([readEncoderFiles(path, task, options.model_file), loadTokenizer(path)])
  const saysNothing = task === 'embeddings' && pooling === undefined && files.pooling === undefined
  if (saysNothing) log('warn', `${path} does not say how tokens are pooled; MEAN is assumed. Set the option pooling.`)
  progress({ phase: 'reading', done: 1, total: 1 })
  const init: EncoderInit = {
    file: files.file,
    task,
    padToken: files.padToken,
    pooling: pooling ? [pooling] : (files.pooling ?? ['MEAN']),
    dense: files.dense,
    normalize: task === 'embeddings' && (normalize ?? files.normalize ?? true),
    threads: options.inference_num_threads ?? threads,
    limits: limitsOf(options),
  }
  const host: EncoderHost = await context.host.open({ name, kind: task, init, log, progress, signal })
  const encoder = new HostedTextEncoder(host, {
    name,
    maxLength: Math.min(options.max_length ?? files.maxLength, files.maxLength),
    truncate: options.truncate,
    vocabularySize: files.vocabularySize,
    labels: labelsFor(task, files, host.info.width),
    prompts: files.prompts,
    maxQueuedTokens: options.max_queued_tokens,
  })
  return {
    sides: { ENCODER: encoder, TOKENIZER: tokenizer },
    get healthy() {
      return host.healthy
    },
    get metrics() {
      return metricsOfHost(host)
    },
    dispose: () => host.dispose(),
  }
}

/** Rows of the attention's scores, tokens²: 16 texts of 512 tokens. */
const MOST_SCORES = 16 * 512 ** 2

const limitsOf = ({ max_batch_tokens: tokens, deterministic }: Pick<RerankOptions, 'max_batch_tokens' | 'deterministic'>) => ({
  tokens,
  scores: MOST_SCORES,
  rows: deterministic ? 1 : 256,
})

const labelsFor = (task: EncoderTask, { labels }: EncoderFiles, width: number) =>
  task === 'embeddings' ? [] : Array.from({ length: width }, (_, label) => labels[label] ?? `LABEL_${label}`)
