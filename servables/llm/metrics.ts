import type { Distribution } from '../distribution.ts'
import type { Metric } from '../metric.ts'
import { blockSize } from './blocks.ts'
import type { EngineStats } from './engine.ts'
import type { Figures } from './figures.ts'

/** Where a language model's metrics come from. */
export interface MetricSources {
  readonly figures: Figures
  /** What its host told last; undefined while it restarts. */
  readonly stats: EngineStats | undefined
  /** Answers in work and waiting, as the serving process knows them. */
  readonly answers: number
  /** Tokens that the cache has room for. */
  readonly cacheTokens: number
}

type Row<T> = readonly [name: string, help: string, read: (from: MetricSources) => T]

/*
 * By vLLM's names, which dashboards and routers read (https://docs.vllm.ai/en/latest/usage/metrics/). What vLLM calls a request is
 * one answer here: it counts each of n answers, too.
 */

const gauges: readonly Row<number>[] = [
  ['vllm:num_requests_running', 'Answers in the batch.', ({ stats }) => stats?.running ?? 0],
  ['vllm:num_requests_waiting', 'Answers that wait for a row or a grammar.', ({ stats, answers }) => stats?.waiting ?? answers],
  ['vllm:kv_cache_usage_perc', 'Memory that answers in the batch take; 1: all.', ({ stats }) => stats?.cacheUsage ?? 0],
]

const counters: readonly Row<number | undefined>[] = [
  ['vllm:prompt_tokens_total', 'Tokens of prompts, computed or found.', ({ figures }) => figures.promptTokens],
  ['vllm:generation_tokens_total', 'Tokens of answers.', ({ figures }) => figures.generationTokens],
  ['vllm:prefix_cache_queries_total', "Prompts' tokens looked for in the cache.", ({ stats }) => stats?.prefixCacheQueries],
  ['vllm:prefix_cache_hits_total', "Prompts' tokens found in the cache.", ({ stats }) => stats?.prefixCacheHits],
  ['vllm:num_preemptions_total', 'Times that an answer lost its row to others.', ({ stats }) => stats?.preemptions],
  ['vllm:spec_decode_num_drafts_total', 'Times that an answer was guessed ahead.', ({ stats }) => stats?.drafts],
  ['vllm:spec_decode_num_draft_tokens_total', 'Tokens guessed ahead.', ({ stats }) => stats?.draftTokens],
  ['vllm:spec_decode_num_accepted_tokens_total', 'Those of them that came true.', ({ stats }) => stats?.acceptedTokens],
  ['vllm:corrupted_requests_total', 'Answers for which the model gave no numbers.', ({ stats }) => stats?.corrupted],
]

/** Counters that are told apart by a label. */
const labelled: readonly (readonly [label: string, ...Row<Readonly<Record<string, number>>>])[] = [
  ['finished_reason', 'vllm:request_success_total', 'Answers that are over.', ({ figures }) => figures.finished],
  ['reason', 'vllm:admission_rejections_total', 'Requests refused for the time being.', ({ figures }) => figures.rejected],
]

/** Times in seconds. */
const histograms: readonly Row<Distribution | undefined>[] = [
  ['vllm:iteration_tokens_total', 'Tokens computed in one run of the model.', ({ stats }) => stats?.iterationTokens],
  ['vllm:time_to_first_token_seconds', 'From arrival to the first token.', ({ figures }) => figures.timeToFirstToken],
  ['vllm:inter_token_latency_seconds', 'From one token to the next.', ({ figures }) => figures.interTokenLatency],
  ['vllm:time_per_output_token_seconds', 'The same, by its older name.', ({ figures }) => figures.interTokenLatency],
  [
    'vllm:request_time_per_output_token_seconds',
    'From one token to the next, the mean of an answer.',
    ({ figures }) => figures.timePerOutputToken,
  ],
  ['vllm:e2e_request_latency_seconds', 'From arrival to the end.', ({ figures }) => figures.latency],
  ['vllm:request_queue_time_seconds', 'From arrival until work began.', ({ figures }) => figures.queueTime],
  ['vllm:request_inference_time_seconds', 'From then to the last token.', ({ figures }) => figures.inferenceTime],
  ['vllm:request_prefill_time_seconds', 'From then to the first token.', ({ figures }) => figures.prefillTime],
  ['vllm:request_decode_time_seconds', 'From the first token to the last.', ({ figures }) => figures.decodeTime],
  ['vllm:request_prompt_tokens', 'Tokens of a prompt.', ({ figures }) => figures.promptLength],
  ['vllm:request_generation_tokens', 'Tokens of an answer.', ({ figures }) => figures.answerLength],
  ['vllm:request_max_num_generation_tokens', "Tokens of a request's longest answer.", ({ figures }) => figures.longestAnswer],
  ['vllm:request_params_n', 'The parameter n.', ({ figures }) => figures.n],
  ['vllm:request_params_max_tokens', 'Tokens that an answer could have.', ({ figures }) => figures.maxTokens],
]

const cacheConfig = 'vllm:cache_config_info'

/** The names of all metrics that a language model may have. */
export const metricNames: readonly string[] = [
  ...gauges.map(([name]) => name),
  ...counters.map(([name]) => name),
  ...labelled.map(([, name]) => name),
  ...histograms.map(([name]) => name),
  cacheConfig,
]

/** Those that there are now: what a host counts is not there while it restarts. */
export function metricsOf(from: MetricSources): readonly Metric[] {
  const cache = { block_size: String(blockSize), num_gpu_blocks: String(from.cacheTokens / blockSize) }
  return [
    ...gauges.map(([name, help, read]): Metric => ({ name, help, type: 'gauge', samples: [{ value: read(from) }] })),
    ...counters.map(([name, help, read]): Metric => ({ name, help, type: 'counter', samples: sampleOf(read(from)) })),
    ...labelled.map(([label, name, help, read]): Metric => {
      const samples = Object.entries(read(from)).map(([key, value]) => ({ labels: { [label]: key }, value }))
      return { name, help, type: 'counter', samples }
    }),
    ...histograms.map(([name, help, read]): Metric => ({ name, help, type: 'histogram', samples: sampleOf(read(from)) })),
    { name: cacheConfig, help: 'The cache: its blocks are of memory.', type: 'gauge', samples: [{ labels: cache, value: 1 }] },
  ]
}

const sampleOf = <T>(value: T | undefined) => (value === undefined ? [] : [{ value }])
