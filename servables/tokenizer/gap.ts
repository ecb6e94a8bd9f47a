import type { Tokenizer } from './tokenizer.ts'

/** What opens the text before a gap, the text behind it, and the answer, in families of code models; all read them in this order. */
const marks: readonly (readonly [before: string, behind: string, answer: string])[] = [
  // Qwen2.5 and its coders, CodeGemma.
  ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'],
  // StarCoder, and Granite's coders.
  ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'],
  // SantaCoder.
  ['<fim-prefix>', '<fim-suffix>', '<fim-middle>'],
  // DeepSeek-Coder.
  ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
  // Code Llama.
  ['▁<PRE>', '▁<SUF>', '▁<MID>'],
]

/**
 * How a model with these tokens reads a text with a gap; undefined: it has learnt nothing of the kind. Source: "Efficient Training
 * of Language Models to Fill in the Middle" (Bavarian et al., 2022), and the families' own READMEs.
 */
export function gapWriter(hasToken: (text: string) => boolean): Tokenizer['gap'] {
  const known = marks.find((tokens) => tokens.every(hasToken))
  if (!known) return undefined
  const [first, second, third] = known
  return (before, behind) => `${first}${before}${second}${behind}${third}`
}
