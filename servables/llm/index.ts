import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { Host } from '../host/index.ts'
import type { LoadContext, Servable, ServableKind } from '../servable.ts'
import { loadChatTemplate } from '../template/index.ts'
import { loadTokenizer } from '../tokenizer/index.ts'
import type { ModelInit } from './architecture.ts'
import { LanguageModel, type LlmHost } from './client.ts'
import { isLanguageModel, type ModelFiles, readModelFiles } from './model-files.ts'

const Options = z
  .strictObject({
    max_num_seqs: z
      .int()
      .min(1)
      .max(256)
      .default(16)
      .describe('Answers decoded in one batch; as many rows of the cache are reserved.'),
    max_num_queued_seqs: z
      .int()
      .min(0)
      .optional()
      .describe('Answers that may wait for a row; 4 × max_num_seqs if not set. More are refused with 503.'),
    max_num_batched_tokens: z
      .int()
      .min(4)
      .default(256)
      .describe('Tokens computed between two tokens of an answer: longer prompts are cut into chunks.'),
    max_model_len: z.int().min(4).optional().describe("Tokens of prompt and answer together; the model's own length if not set."),
  })
  .prefault({})

export type TextGenerationOptions = z.infer<typeof Options>

/** Causal language models in ONNX, in a Hugging Face directory: what chat and completions run on. */
export const textGeneration: ServableKind<TextGenerationOptions> = {
  name: 'text_generation',
  offers: { LLM: 'Llm', TOKENIZER: 'Tokenizer', CHAT_TEMPLATE: 'ChatTemplate' },
  options: Options,
  endpoints: { 'chat/completions': 'chat/completions', completions: 'completions', tokenize: 'tokenize' },
  detect: isLanguageModel,
  load,
}

async function load(context: LoadContext, options: TextGenerationOptions): Promise<Servable> {
  const { name, path, log, progress, signal } = context
  progress({ phase: 'reading', done: 0, total: 1 })
  const files = await readModelFiles(path)
  const init = modelInit(files, options)
  const [tokenizer, template] = await Promise.all([loadTokenizer(path), loadChatTemplate(path)])
  progress({ phase: 'reading', done: 1, total: 1 })
  const host: LlmHost = await Host.start({ name, kind: 'text_generation', init, log, progress, signal })
  const waiting = options.max_num_queued_seqs ?? 4 * options.max_num_seqs
  const llm = new LanguageModel(name, host, files, { maxModelLength: init.maxLength, maxAnswers: options.max_num_seqs + waiting })
  return {
    sides: { LLM: llm, TOKENIZER: tokenizer, CHAT_TEMPLATE: template },
    get healthy() {
      return host.healthy
    },
    dispose: () => host.dispose(),
  }
}

/** What a host process needs to open the model. */
export function modelInit(files: ModelFiles, options: TextGenerationOptions): ModelInit {
  const maxLength = options.max_model_len ?? files.contextLength
  if (maxLength > files.contextLength) {
    const message = `max_model_len is ${maxLength}, but the model was made for ${files.contextLength} tokens. Lower it.`
    throw new EngineError('bad_model', message)
  }
  const { file, names, kvHeads, headSize, vocabularySize } = files
  const [rows, maxBatchedTokens] = [options.max_num_seqs, options.max_num_batched_tokens]
  return { file, names, kvHeads, headSize, vocabularySize, rows, maxLength, maxBatchedTokens }
}
