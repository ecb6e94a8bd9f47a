import { resolve } from 'node:path'
import { EngineError } from '../../engine/index.ts'
import { answerFormat } from '../answer-format/index.ts'
import { layOut } from '../grammar/index.ts'
import { hostMetricNames, metricsOfHost } from '../host/index.ts'
import type { LoadContext, Servable, ServableKind } from '../servable.ts'
import { loadChatTemplate } from '../template/index.ts'
import { haveSameTokens, loadTokenizer, readTokenBytes } from '../tokenizer/index.ts'
import { LanguageModel, type LlmHost } from './client.ts'
import { metricNames } from './metrics.ts'
import { isLanguageModel, type ModelFiles, readModelFiles } from './model-files.ts'
import { modelFingerprint } from './model-fingerprint.ts'
import { modelInit, TextGenerationOptions } from './options.ts'

/** Each is answered by the graph of its name. */
const routes = [
  'chat/completions',
  'chat/completions/input_tokens',
  'chat/completions/render',
  'completions',
  'detokenize',
  'messages',
  'messages/count_tokens',
  'responses',
  'responses/input_tokens',
  'tokenize',
]

/** Causal language models in ONNX, in a Hugging Face directory: what chat and completions run on. */
export const textGeneration: ServableKind<TextGenerationOptions> = {
  name: 'text_generation',
  offers: { LLM: 'Llm', TOKENIZER: 'Tokenizer', CHAT_TEMPLATE: 'ChatTemplate', ANSWER_FORMAT: 'AnswerFormat' },
  options: TextGenerationOptions,
  endpoints: Object.fromEntries(routes.map((route) => [route, route])),
  looksFor: 'config.json with an architecture that ends in ForCausalLM, or genai_config.json',
  metrics: [...metricNames, ...hostMetricNames],
  detect: isLanguageModel,
  load,
}

async function load(context: LoadContext, options: TextGenerationOptions): Promise<Servable> {
  const { name, path, threads, log, progress, signal } = context
  progress({ phase: 'reading', done: 0, total: 1 })
  const files = await readModelFiles(path, options.model_file)
  const [tokenizer, template] = await Promise.all([loadTokenizer(path), loadChatTemplate(path)])
  const { tool_parser, reasoning_parser, enable_tool_guided_generation } = options
  const format = answerFormat(template.source, tool_parser, reasoning_parser, enable_tool_guided_generation)
  const pieces = await readTokenBytes(path, format.markers)
  const vocabulary = pieces && layOut(pieces, files.vocabularySize, files.endTokens)
  const draft = options.draft_models_path === undefined ? undefined : await readDraft(path, options.draft_models_path)
  const init = { ...modelInit(files, options, { threads, draft }), vocabulary }
  progress({ phase: 'reading', done: 1, total: 1 })
  const host: LlmHost = await context.host.open({ name, kind: 'text_generation', init, log, progress, signal })
  const waiting = options.max_num_queued_seqs ?? 4 * options.max_num_seqs
  const limits = {
    maxModelLength: init.maxLength,
    maxAnswers: options.max_num_seqs + waiting,
    maxQueuedTokens: options.max_num_queued_tokens,
    maxPromptLength: options.dynamic_split_fuse ? undefined : options.max_num_batched_tokens,
    bestOfLimit: options.best_of_limit,
  }
  const fingerprint = await modelFingerprint(path, files.file, options)
  const llm = new LanguageModel(name, host, { ...files, fingerprint }, limits, tokenizer)
  return {
    sides: { LLM: llm, TOKENIZER: tokenizer, CHAT_TEMPLATE: template, ANSWER_FORMAT: format },
    maxModelLength: init.maxLength,
    get healthy() {
      return host.healthy
    },
    get metrics() {
      return [...llm.metrics, ...metricsOfHost(host)]
    },
    async dispose() {
      await Promise.all([host.dispose(), template.dispose()])
    },
  }
}

/** Two models can speak of the same tokens only if these are the same. */
async function readDraft(directory: string, draftPath: string): Promise<ModelFiles> {
  const draft = resolve(directory, draftPath)
  const files = await readModelFiles(draft)
  if (await haveSameTokens(directory, draft)) return files
  const remedy = 'A draft model must have been trained with the same tokenizer; a smaller model of the same family usually was'
  throw new EngineError('bad_model', `draft_models_path ${draft} has other tokens than ${directory}. ${remedy}.`)
}
