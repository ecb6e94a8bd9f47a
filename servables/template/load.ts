import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { BoundedTemplate } from './bounded-template.ts'
import type { ChatTemplate } from './chat-template.ts'

const Token = z.union([z.string(), z.object({ content: z.string() }).transform((token) => token.content)])
const NamedTemplate = z.object({ name: z.string(), template: z.string() })
const TokenizerConfig = z.looseObject({ chat_template: z.union([z.string(), z.array(NamedTemplate)]).nullish() })

/**
 * The chat template of a Hugging Face directory: `chat_template.jinja`, else `chat_template` in `tokenizer_config.json`,
 * which may be a list with a `default` and a `tool_use` template. Special tokens such as `bos_token` come from
 * `special_tokens_map.json` and `tokenizer_config.json`; the latter wins. A model without a template gets one that refuses
 * every conversation.
 *
 * @param patience how long, in milliseconds, a template may take for a conversation
 * @throws EngineError `bad_model` when a file is there and broken
 */
export async function loadChatTemplate(directory: string, patience = 10_000): Promise<ChatTemplate> {
  const configFile = join(directory, 'tokenizer_config.json')
  const templateFile = join(directory, 'chat_template.jinja')
  const config = (await readJson(configFile, TokenizerConfig)) ?? {}
  const map = (await readJson(join(directory, 'special_tokens_map.json'), z.looseObject({}))) ?? {}
  const tokens = { ...specialTokens(map), ...specialTokens(config) }
  const source = await readOptional(templateFile)
  if (source !== undefined) return new BoundedTemplate({ source, file: templateFile, tokens }, patience)
  const inConfig = config.chat_template
  if (inConfig === undefined || inConfig === null) return withoutTemplate(directory)
  if (typeof inConfig === 'string') return new BoundedTemplate({ source: inConfig, file: configFile, tokens }, patience)
  const named = new Map(inConfig.map(({ name, template }) => [name, template]))
  const plain = named.get('default') ?? inConfig[0]?.template
  if (plain === undefined)
    throw new EngineError(
      'bad_model',
      `${configFile}: chat_template is an empty list. Remove it, or give it a 'default' template.`,
    )
  return new BoundedTemplate({ source: plain, file: configFile, tokens, toolSource: named.get('tool_use') }, patience)
}

/** A model that was not made for chat still completes texts. */
function withoutTemplate(directory: string): ChatTemplate {
  return {
    source: '',
    async render() {
      const what = `This model has no chat template (no chat_template.jinja, and no chat_template in tokenizer_config.json, in ${directory})`
      throw new EngineError('invalid_value', `${what}. Use /v1/completions.`, { param: 'model' })
    },
    async dispose() {},
  }
}

/** The fields that transformers hands to templates: `bos_token`, `eos_token`, `pad_token`, `image_token`, … */
function specialTokens(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const named = Object.entries(fields).filter(([name]) => name.endsWith('_token'))
  const parsed = named.map(([name, value]) => [name, Token.safeParse(value)] as const)
  return Object.fromEntries(parsed.flatMap(([name, token]) => (token.success ? [[name, token.data]] : [])))
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new EngineError('bad_model', `Cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readOptional(file)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_model', `${file} is not what it should be: ${reason}`, { cause })
  }
}
