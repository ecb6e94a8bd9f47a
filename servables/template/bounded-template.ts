import { setImmediate } from 'node:timers/promises'
import type { ChatTemplate, Conversation } from './chat-template.ts'
import { parseTemplate, type TemplateSource } from './jinja.ts'
import { TemplateThread } from './template-thread.ts'

/** Milliseconds that the first conversation of a shape may take, for others like it to be rendered here. */
const quick = 2
/** Characters and values that a conversation rendered here may have. */
const small = 32 * 1024
/** Shapes that are remembered, and the characters of one. */
const mostShapes = 1024
const longestShape = 512

/**
 * A chat template that cannot stop its process: a conversation is rendered in a thread, within a time limit, unless another like
 * it, half as large at least, took next to no time there. Then it is rendered here, which costs a tenth of asking the thread.
 */
export class BoundedTemplate implements ChatTemplate {
  readonly source: string
  readonly #renderHere: (conversation: Conversation) => string
  readonly #thread: TemplateThread
  readonly #known = new Set<string>()

  /**
   * @param patience how long, in milliseconds, a conversation may take
   * @throws EngineError `bad_model` when a template cannot be parsed
   */
  constructor(source: TemplateSource, patience: number) {
    const { source: plain, toolSource = plain } = source
    this.source = toolSource === plain ? plain : `${plain}\n${toolSource}`
    this.#renderHere = parseTemplate(source)
    this.#thread = new TemplateThread(source, patience)
  }

  async render(conversation: Conversation): Promise<string> {
    const shape = shapeOf(conversation)
    if (shape !== undefined && this.#known.has(shape)) return this.#renderHere(conversation)
    // It was checked just now, and is copied next: other requests have their turn between.
    if (shape === undefined) await setImmediate()
    const { text, milliseconds } = await this.#thread.render(conversation)
    if (shape !== undefined && milliseconds < quick && this.#known.size < mostShapes) this.#known.add(shape)
    return text
  }

  dispose(): Promise<void> {
    return this.#thread.dispose()
  }
}

/**
 * What a template's time depends on: which roles speak, whether there are tools, the variables, and how large it all is, to a
 * factor of two. Undefined: too large for this thread.
 */
function shapeOf({ messages, tools, continueFinalMessage, variables }: Conversation): string | undefined {
  const size = sizeOf({ messages, tools, variables })
  if (size > small) return undefined
  const roles = [...new Set(messages.map(({ role }) => role))].sort()
  const shape = JSON.stringify([Math.ceil(Math.log2(size)), roles, tools !== undefined, continueFinalMessage, variables])
  return shape.length > longestShape ? undefined : shape
}

/** Characters and values, counted until there are too many. */
function sizeOf(value: unknown, limit = small): number {
  if (typeof value === 'string') return value.length + 1
  if (typeof value !== 'object' || value === null) return 1
  let size = 1
  const isList = Array.isArray(value)
  for (const each of isList ? value : Object.entries(value).flat()) {
    size += sizeOf(each, limit - size)
    if (size > limit) break
  }
  return size
}
