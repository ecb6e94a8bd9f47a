import type { AnswerFormat } from './answer-format.ts'

/** The format of a model that writes nothing but text. */
export const plainFormat: AnswerFormat = {
  toolParser: undefined,
  reasoningParser: undefined,
  markers: [],
  parser: () => ({ push: (text) => (text === '' ? [] : [{ type: 'content', text }]), end: () => [] }),
  grammar: ({ text }) => text,
}
