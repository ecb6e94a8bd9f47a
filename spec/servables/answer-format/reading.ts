import type { AnswerPart, AnswerWish, FunctionTool } from '../../../servables/answer-format/answer-format.ts'
import { joinFormats } from '../../../servables/answer-format/format.ts'
import { reasoningFormats } from '../../../servables/answer-format/reasoning-formats.ts'
import { toolFormats } from '../../../servables/answer-format/tool-formats.ts'

export const weather: FunctionTool = {
  name: 'get_weather',
  parameters: {
    type: 'object',
    properties: {
      city: { type: 'string' },
      days: { type: 'integer' },
      hourly: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
      where: { type: 'object' },
      note: { type: ['string', 'null'] },
      limit: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      unit: { enum: ['C', 'F'] },
      place: { $ref: '#/$defs/place' },
    },
    $defs: { place: { type: 'object' } },
  },
}

export const time: FunctionTool = { name: 'time_in', parameters: { type: 'object', properties: { zone: { type: 'string' } } } }

export const now: FunctionTool = { name: 'now' }

export const wish = (parts: Partial<AnswerWish> = {}): AnswerWish => ({
  text: undefined,
  tools: [weather, time, now],
  toolChoice: 'auto',
  parallelToolCalls: true,
  ...parts,
})

export const toolFormat = (name: string) => toolFormats.find(({ names }) => names.includes(name))

const reasoningFormat = (name: string) => reasoningFormats.find(({ names }) => names.includes(name))

export interface Formats {
  readonly tools?: string | undefined
  readonly reasoning?: string | undefined
  readonly prompt?: string
  readonly wish?: AnswerWish
}

/** The parts of a text that comes in these pieces: neighbours of one kind joined, and ids told from each other by their form alone. */
export function read(formats: Formats, pieces: readonly string[]): readonly AnswerPart[] {
  const format = joinFormats(toolFormat(formats.tools ?? ''), reasoningFormat(formats.reasoning ?? ''))
  const parser = format.parser(formats.wish ?? wish(), formats.prompt ?? '')
  const parts = [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()]
  return joined(parts)
}

function joined(parts: readonly AnswerPart[]): readonly AnswerPart[] {
  const whole: AnswerPart[] = []
  for (const part of parts) {
    const last = whole.at(-1)
    if (part.type !== 'call' && last?.type === part.type) whole[whole.length - 1] = { ...last, text: last.text + part.text }
    else whole.push(part.type === 'call' ? { ...part, id: formOf(part.id) } : part)
  }
  return whole
}

const formOf = (id: string) => (/^call_[A-Za-z0-9]{24}$/.test(id) ? 'call_…' : /^[A-Za-z0-9]{9}$/.test(id) ? '9' : id)

/** An answer in short: text as it is, reasoning behind `?`, a call as its name and its arguments, parsed if they are JSON. */
export function summary(parts: readonly AnswerPart[]): readonly unknown[] {
  const short: unknown[] = []
  for (const part of parts) {
    if (part.type === 'content') short.push(part.text)
    else if (part.type === 'reasoning') short.push(`? ${part.text}`)
    else if (part.type === 'call') short.push([part.name, '', ...(part.id === 'call_…' ? [] : [part.id])])
    else {
      const call = short.findLast(Array.isArray)
      if (call) call[1] = parsed(part.text)
    }
  }
  return short
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
