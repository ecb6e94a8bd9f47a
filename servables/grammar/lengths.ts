import type { Expression } from './ebnf.ts'

/** How many characters an expression's texts have, at least and at most. Not for rules, which may recur. */
export function lengthsOf(expression: Expression): readonly [least: number, most: number] {
  switch (expression.type) {
    case 'text': {
      const { length } = Array.from(expression.text)
      return [length, length]
    }
    case 'characters':
      return [1, 1]
    case 'sequence':
      return expression.of.map(lengthsOf).reduce(([least, most], [low, high]) => [least + low, most + high], [0, 0])
    case 'choice': {
      const lengths = expression.of.map(lengthsOf)
      return [Math.min(...lengths.map(([least]) => least)), Math.max(...lengths.map(([, most]) => most))]
    }
    case 'repeat': {
      const [least, most] = lengthsOf(expression.of)
      return [least * expression.min, most === 0 ? 0 : most * expression.max]
    }
    case 'rule':
    case 'prose':
      return [0, Number.POSITIVE_INFINITY]
  }
}
