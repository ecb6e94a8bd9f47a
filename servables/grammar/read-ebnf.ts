import { characters, choice, type Expression, empty, Rules, repeat, sequence, text } from './ebnf.ts'

/** What xgrammar's EBNF is made of; the quantifiers last. */
const token =
  /\s+|#.*|(?<name>[\p{L}_][\p{L}\d_.-]*)(?<defined>\s*::=)?|(?<terminal>"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\])|(?<mark>[()|])|(?<count>[*?+]|\{\s*(?<least>\d+)\s*(?<more>,?)\s*(?<most>\d*)\s*\})/uy

const deepest = 200

/** A sequence among alternatives, as far as it is read. */
interface Group {
  readonly alternatives: Expression[]
  last: Expression[]
}

/** Any of as many, of a class of more than one character. */
const one = characters([0x61, 0x61])
const many = characters([0x20, 0x7e])

function terminal(written: string): Expression {
  if (written === '[]') return choice()
  if (written.startsWith('"')) return text(written === '""' ? '' : 'a')
  return written.length === 3 ? one : many
}

/** How often at least and at most. */
function timesOf({ count, least, more, most }: Readonly<Record<string, string | undefined>>): readonly [number, number] {
  if (least === undefined) return [count === '+' ? 1 : 0, count === '?' ? 1 : Number.POSITIVE_INFINITY]
  return [Number(least), most ? Number(most) : more ? Number.POSITIVE_INFINITY : Number(least)]
}

const whole = ({ alternatives, last }: Group): Expression => choice(...alternatives, sequence(...last))

/**
 * The rules of a client's EBNF, as far as what they need of each other and how often goes: every terminal is some text or one
 * character, but for `[]`, which none is in. Undefined where it has what is not told here, such as look-ahead and macros: then the
 * compiler alone knows it.
 */
export function readRules(ebnf: string): Rules | undefined {
  const rules = new Rules()
  let name: string | undefined
  let groups: Group[] = []
  const define = () => {
    if (name === undefined) return groups.length === 0
    if (groups.length === 1) rules.define(name, whole(groups[0]!))
    return groups.length === 1
  }
  token.lastIndex = 0
  while (token.lastIndex < ebnf.length) {
    const found = token.exec(ebnf)?.groups
    if (found === undefined) return undefined
    const group = groups.at(-1)
    if (found.defined) {
      if (!define()) return undefined
      name = found.name
      groups = [{ alternatives: [], last: [] }]
    } else if (group === undefined) {
      if (found.name ?? found.terminal ?? found.mark ?? found.count) return undefined
    } else if (found.name) group.last.push({ type: 'rule', name: found.name })
    else if (found.terminal) group.last.push(terminal(found.terminal))
    else if (found.mark === '(') groups.push({ alternatives: [], last: [] })
    else if (found.mark === '|') {
      group.alternatives.push(sequence(...group.last))
      group.last = []
    } else if (found.mark === ')') {
      groups.pop()
      groups.at(-1)?.last.push(whole(group))
    } else if (found.count) {
      group.last.push(repeat(group.last.pop() ?? empty, ...timesOf(found)))
    }
    if (groups.length > deepest) return undefined
  }
  return define() && rules.isWhole ? rules : undefined
}
