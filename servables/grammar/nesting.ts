import type { Expression } from './ebnf.ts'

/** Repetitions of so many times at most the compiler writes out, for little: it refers to what recurs. Source: xgrammar. */
const fewTimes = 128
/** Places at which it looks at every token in a longer one, however long. */
const mostPlaces = 2 * fewTimes
/** Characters of a class that is repeated, from which on more of them make no difference: each has tokens that go on with it. */
const mostCharacters = 64

/**
 * What a grammar costs to compile, for its characters that may come more than 128 times in a row: a place for one character is 1.
 * Repetitions of more than 128 times around them multiply. Shorter ones, unbounded ones, and those of anything else, as the elements
 * of lists are, cost little. Measured with xgrammar, a million takes 4 to 15 seconds of a processor.
 *
 * @param ruleOf the rule of a name; a rule within itself counts once, and one in several places where it costs most
 */
export function nestingCost(ruleOf: (name: string) => Expression): number {
  const times = new Map<string, number>()
  const within = new Set<string>()
  // Depth first, without recursion: a chain may be as long as there are rules.
  const stack: Step[] = [{ enter: 'root', times: 1 }]
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    if ('leave' in step) within.delete(step.leave)
    else if (!within.has(step.enter) && step.times > (times.get(step.enter) ?? 0)) {
      const { enter, times: often } = step
      times.set(enter, often)
      within.add(enter)
      stack.push({ leave: enter })
      costOf(ruleOf(enter), often, (name, often) => stack.push({ enter: name, times: often }))
    }
  }
  return [...times].reduce((sum, [name, often]) => sum + costOf(ruleOf(name), often, () => {}), 0)
}

type Step = { readonly enter: string; readonly times: number } | { readonly leave: string }

/** Of an expression that comes so many times, without its rules, which are told. */
function costOf(expression: Expression, times: number, tell: (rule: string, times: number) => void): number {
  switch (expression.type) {
    case 'text':
    case 'characters':
      return 0
    case 'sequence':
    case 'choice':
      return expression.of.reduce((sum, each) => sum + costOf(each, times, tell), 0)
    case 'repeat': {
      const { of, min, max } = expression
      const count = max === Number.POSITIVE_INFINITY ? min : max
      if (count <= fewTimes) return costOf(of, times, tell)
      const places = times * Math.min(count, mostPlaces)
      return places * breadthOf(of) + costOf(of, places, tell)
    }
    case 'rule':
      tell(expression.name, times)
      return 0
    case 'prose':
      for (const [, { name }] of expression.tags) tell(name, times)
      return 0
  }
}

/** How many characters may come where one is repeated; 0: something else is. */
function breadthOf(repeated: Expression): number {
  if (repeated.type === 'text') return 1
  if (repeated.type !== 'characters') return 0
  return Math.min(
    mostCharacters,
    repeated.ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0),
  )
}
