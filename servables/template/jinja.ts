import { Template } from '@huggingface/jinja'
import { EngineError } from '../../engine/index.ts'
import type { Conversation } from './chat-template.ts'
import { asText, inParts, wantsParts } from './content-parts.ts'
import { type Write, writeToFinalMessage } from './final-message.ts'

/** Characters that a rendered conversation may have. */
const longest = 4 * 1024 * 1024

/** Names that templates find whatever the request says. */
const reserved = new Set(['true', 'false', 'none', 'True', 'False', 'None', 'range', 'raise_exception', 'strftime_now'])

/** A model's template as its files give it; structured-cloneable. */
export interface TemplateSource {
  readonly source: string
  /** Where it is from, for messages. */
  readonly file: string
  /** `bos_token`, `eos_token` and the other texts that the tokenizer gives its templates. */
  readonly tokens: Readonly<Record<string, string>>
  /** The template for conversations with tools, for models that have two. */
  readonly toolSource?: string | undefined
}

/**
 * A chat template in Jinja, as transformers' `apply_chat_template` renders it: here and now, for as long as it takes. What shape
 * of messages it wants is tried at the first conversation.
 *
 * @throws EngineError `bad_model` when a template cannot be parsed
 */
export function parseTemplate({
  source,
  file,
  tokens,
  toolSource = source,
}: TemplateSource): (conversation: Conversation) => string {
  const plain = parse(source, file)
  const withTools = toolSource === source ? plain : parse(toolSource, file)
  const triedShape = () =>
    wantsParts((conversation, messages) => render(plain, conversation, messages, tokens)) ? inParts : asText
  let shape: typeof asText | undefined
  return (conversation) => {
    shape ??= triedShape()
    const shaped = shape
    const template = conversation.tools === undefined ? plain : withTools
    const write: Write = (conversation, messages) => render(template, conversation, shaped(messages), tokens)
    return conversation.continueFinalMessage
      ? writeToFinalMessage(write, conversation)
      : write(conversation, conversation.messages)
  }
}

/** The first of texts that messages may have, else another: the library fails at the first of none, joining them it does not. */
const firstOrElse = /(\|\s*map\(\s*attribute\s*=\s*(?:"\w+"|'\w+')\s*\)\s*)\|\s*first\s*\|\s*default\(\s*("[^"]*"|'[^']*')\s*\)/g

function parse(source: string, file: string): Template {
  try {
    return new Template(source.replace(firstOrElse, "$1| join('') | default($2, true)"))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_model', `The chat template in ${file} cannot be parsed: ${reason}`, { cause })
  }
}

function render(
  template: Template,
  conversation: Conversation,
  messages: readonly object[],
  tokens: Readonly<Record<string, string>>,
): string {
  const taken = Object.keys(conversation.variables).find((name) => reserved.has(name))
  if (taken !== undefined) {
    const param = `chat_template_kwargs.${taken}`
    throw new EngineError('invalid_value', `The chat template's own name '${taken}' cannot be set by a request.`, { param })
  }
  const text = rendered(template, {
    ...tokens,
    ...conversation.variables,
    messages,
    tools: conversation.tools ?? null,
    add_generation_prompt: conversation.addGenerationPrompt,
  })
  if (text.length <= longest) return text
  const message = `The conversation is ${text.length} characters long in the model's chat template; at most ${longest} are accepted.`
  throw new EngineError('invalid_value', message, { param: 'messages' })
}

/** What a template raises, and what it stumbles over in a conversation that it was not made for, is told to the client. */
function rendered(template: Template, variables: Record<string, unknown>): string {
  try {
    return template.render(variables)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('invalid_value', `The model's chat template refuses the conversation: ${reason}`, {
      param: 'messages',
      cause,
    })
  }
}
