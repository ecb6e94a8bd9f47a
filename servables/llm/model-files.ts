import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { exists, findModelFile, readJson } from '../model-directory.ts'
import type { ModelInit } from './architecture.ts'
import type { Llm } from './llm.ts'

const Count = z.int().positive()
const TokenIds = z.union([z.int(), z.array(z.int())]).transform((ids) => [ids].flat())

/** What says how positions are rotated: `rope_parameters` since transformers 5, `rope_scaling` before. */
const Rope = z.looseObject({
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  original_max_position_embeddings: Count.nullish(),
})

/** `config.json` of transformers. `n_embd`, `n_head` and `n_positions` are GPT-2's names, which many have taken over. */
const Config = z.looseObject({
  model_type: z.string().nullish(),
  architectures: z.array(z.string()).nullish(),
  vocab_size: Count,
  max_position_embeddings: Count.nullish(),
  n_positions: Count.nullish(),
  original_max_position_embeddings: Count.nullish(),
  hidden_size: Count.nullish(),
  n_embd: Count.nullish(),
  num_attention_heads: Count.nullish(),
  n_head: Count.nullish(),
  num_key_value_heads: Count.nullish(),
  head_dim: Count.nullish(),
  sliding_window: z.int().nullish(),
  rope_parameters: Rope.nullish(),
  rope_scaling: Rope.nullish(),
  eos_token_id: TokenIds.nullish(),
})

/** `generation_config.json` of transformers. */
const GenerationConfig = z.looseObject({
  do_sample: z.boolean().nullish(),
  temperature: z.number().nonnegative().nullish(),
  top_k: z.int().nonnegative().nullish(),
  top_p: z.number().positive().max(1).nullish(),
  min_p: z.number().min(0).lt(1).nullish(),
  typical_p: z.number().positive().max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
  max_new_tokens: Count.nullish(),
  eos_token_id: TokenIds.nullish(),
})

/** `genai_config.json` of onnxruntime-genai's model builder. */
const GenaiConfig = z.looseObject({
  model: z.looseObject({
    vocab_size: Count.nullish(),
    context_length: Count.nullish(),
    eos_token_id: TokenIds.nullish(),
    decoder: z.looseObject({
      filename: z.string().nullish(),
      head_size: Count.nullish(),
      num_key_value_heads: Count.nullish(),
      sliding_window: z.looseObject({ window_size: Count.nullish() }).nullish(),
      inputs: z.record(z.string(), z.unknown()).nullish(),
      outputs: z.record(z.string(), z.unknown()).nullish(),
    }),
  }),
})

/** Families whose layers all have the window that config.json states; in others some have, or another field turns it on. */
const slidingEverywhere = new Set(['mistral', 'phi3'])

const remedy = "Export it with 'python -m onnxruntime_genai.models.builder -e cpu'."

/** What a Hugging Face directory says about its language model. */
export interface ModelFiles {
  readonly file: string
  readonly names: ModelInit['names']
  readonly kvHeads: number
  readonly headSize: number
  readonly vocabularySize: number
  /** Positions that the model was made for. */
  readonly contextLength: number
  /** Those of them that are rotated as in training; beyond, LongRoPE rotates all otherwise. Undefined without LongRoPE. */
  readonly originalLength: number | undefined
  /** Tokens that a token sees at most, in some layers or everywhere; 0: all. */
  readonly sliding: { readonly window: number; readonly everywhere: boolean }
  /** Tokens that end an answer. */
  readonly endTokens: readonly number[]
  readonly defaults: Llm['defaults']
  /** Tokens of an answer whose request sets no limit, if the model's length allows so many. */
  readonly maxNewTokens: number | undefined
}

/**
 * Reads what is there of config.json, genai_config.json and generation_config.json in a model's directory, and finds its ONNX
 * file. One of the first two must be there; where both speak, genai_config.json is right, as it was written for the ONNX file.
 *
 * @param asked the ONNX file that is wanted, relative to the directory
 * @throws EngineError `bad_model` naming the file that is missing or wrong
 */
export async function readModelFiles(directory: string, asked?: string): Promise<ModelFiles> {
  const config = await readJson(join(directory, 'config.json'), Config)
  const generation = await readJson(join(directory, 'generation_config.json'), GenerationConfig)
  const genai = (await readJson(join(directory, 'genai_config.json'), GenaiConfig))?.model
  if (config === undefined && genai === undefined) {
    const remedy = 'It comes with the model on Hugging Face; put it beside the ONNX file'
    throw new EngineError('bad_model', `${join(directory, 'config.json')} is missing. ${remedy}.`)
  }
  const decoder = genai?.decoder
  const known = (value: number | null | undefined, name: string): number => {
    if (value !== undefined && value !== null) return value
    throw new EngineError('bad_model', `${join(directory, 'config.json')} does not say ${name}. Add it.`)
  }
  const heads = config?.num_attention_heads ?? config?.n_head
  return {
    file: await findModelFile(directory, { asked, named: decoder?.filename ?? undefined, remedy }),
    names: names(decoder?.inputs ?? {}, decoder?.outputs ?? {}),
    kvHeads: known(decoder?.num_key_value_heads ?? config?.num_key_value_heads ?? heads, 'num_key_value_heads'),
    headSize: known(decoder?.head_size ?? config?.head_dim ?? headSize(config, heads), 'head_dim'),
    vocabularySize: known(genai?.vocab_size ?? config?.vocab_size, 'vocab_size'),
    contextLength: known(
      genai?.context_length ?? config?.max_position_embeddings ?? config?.n_positions,
      'max_position_embeddings',
    ),
    originalLength: originalLength(config),
    sliding: {
      window: decoder?.sliding_window?.window_size ?? config?.sliding_window ?? 0,
      everywhere: (config?.sliding_window ?? 0) > 0 && slidingEverywhere.has(config?.model_type ?? ''),
    },
    endTokens: generation?.eos_token_id ?? genai?.eos_token_id ?? config?.eos_token_id ?? [],
    defaults: defaults(generation ?? {}),
    maxNewTokens: generation?.max_new_tokens ?? undefined,
  }
}

/**
 * Whether a directory looks like a causal language model's: its config.json says so, or genai_config.json is there alone. Files
 * that are missing, or broken, are told when it is loaded; so a directory with a broken config.json is one, too.
 */
export async function isLanguageModel(directory: string): Promise<boolean> {
  try {
    const config = await readJson(join(directory, 'config.json'), Config.pick({ architectures: true }))
    if (config === undefined) return await exists(join(directory, 'genai_config.json'))
    return (config.architectures ?? []).some((name) => name.endsWith('ForCausalLM'))
  } catch (error) {
    if (error instanceof EngineError && error.code === 'bad_model') return true
    throw error
  }
}

function headSize(config: z.infer<typeof Config> | undefined, heads: number | null | undefined): number | undefined {
  const hidden = config?.hidden_size ?? config?.n_embd
  return hidden && heads ? hidden / heads : undefined
}

function originalLength(config: z.infer<typeof Config> | undefined): number | undefined {
  const rope = config?.rope_parameters ?? config?.rope_scaling
  const type = rope?.rope_type ?? rope?.type
  if (type !== 'longrope' && type !== 'su') return undefined
  return config?.original_max_position_embeddings ?? rope?.original_max_position_embeddings ?? undefined
}

/** The model builder's names, unless genai_config.json gives others. */
function names(inputs: Readonly<Record<string, unknown>>, outputs: Readonly<Record<string, unknown>>): ModelInit['names'] {
  const named = (given: unknown, usual: string) => (typeof given === 'string' ? given : usual)
  return {
    inputIds: named(inputs.input_ids, 'input_ids'),
    attentionMask: named(inputs.attention_mask, 'attention_mask'),
    positionIds: named(inputs.position_ids, 'position_ids'),
    pastKey: named(inputs.past_key_names, 'past_key_values.%d.key'),
    pastValue: named(inputs.past_value_names, 'past_key_values.%d.value'),
    logits: named(outputs.logits, 'logits'),
    presentKey: named(outputs.present_key_names, 'present.%d.key'),
    presentValue: named(outputs.present_value_names, 'present.%d.value'),
  }
}

/** `do_sample: false`, where it is written down, means greedy. */
function defaults(generation: z.infer<typeof GenerationConfig>): Llm['defaults'] {
  const { temperature, top_p: topP, top_k: topK, min_p: minP, typical_p: typicalP } = generation
  const { repetition_penalty: repetitionPenalty } = generation
  const set = { temperature: generation.do_sample === false ? 0 : temperature, topP, topK, minP, typicalP, repetitionPenalty }
  return Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined && value !== null))
}
