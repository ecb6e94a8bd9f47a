import { asciiSpace, complement, digits, lineBreaks, type Range, space, word } from './characters.ts'
import { characters, choice, type Expression, empty, repeat, sequence } from './ebnf.ts'

const sets: Readonly<Record<string, readonly Range[]>> = {
  d: digits,
  w: word,
  s: asciiSpace,
  D: complement(digits),
  W: complement(word),
  S: complement(space),
}
const controls: Readonly<Record<string, number>> = { t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d, 0: 0 }
const maxCount = 100_000
/** Characters of a pattern. */
const maxLength = 4096

/**
 * Texts that a whole regular expression matches: an `^` before and a `$` behind it go without saying. Source: ECMAScript's
 * syntax, as JSON Schema's `pattern` has it, with the named groups of Python.
 *
 * @throws Error when it is not well formed, or has what no grammar can say: look-around, back-references, word boundaries,
 *   `\p{…}`, flags, anchors in its middle
 */
export function regexExpression(pattern: string): Expression {
  if (pattern.length > maxLength)
    throw new Error(`the regular expression has ${pattern.length} characters, and ${maxLength} are allowed`)
  return new RegexReader(pattern).read()
}

class RegexReader {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  read(): Expression {
    const expression = this.#alternatives(true)
    if (this.#at < this.#pattern.length) throw this.#fault('an unmatched )')
    return expression
  }

  /** @param isOutermost whether anchors may stand at their ends */
  #alternatives(isOutermost: boolean): Expression {
    const branches = [this.#branch(isOutermost)]
    while (this.#takes('|')) branches.push(this.#branch(isOutermost))
    return choice(...branches)
  }

  #branch(isOutermost: boolean): Expression {
    if (isOutermost) this.#takes('^')
    const items: Expression[] = []
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#next)) {
      if (isOutermost && this.#next === '$' && /^\$(?:\||$)/.test(this.#pattern.slice(this.#at))) this.#at++
      else items.push(this.#quantified(this.#atom()))
    }
    return items.length === 0 ? empty : sequence(...items)
  }

  #quantified(atom: Expression): Expression {
    const [quantifier = '', min, comma, max] = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/.exec(this.#rest) ?? []
    if (quantifier === '') return atom
    this.#at += quantifier.length
    this.#takes('?')
    if (/^[*+?]|^\{\d/.test(this.#rest)) throw this.#fault('nothing to repeat')
    if (quantifier === '*') return repeat(atom)
    if (quantifier === '+') return repeat(atom, 1)
    if (quantifier === '?') return repeat(atom, 0, 1)
    const least = Number(min)
    const most = comma === undefined ? least : max === '' ? Number.POSITIVE_INFINITY : Number(max)
    if (most < least) throw this.#fault('a repetition whose numbers are out of order')
    if (least > maxCount || (most > maxCount && most !== Number.POSITIVE_INFINITY)) {
      throw this.#fault(`a repetition of more than ${maxCount}`)
    }
    return repeat(atom, least, most)
  }

  #atom(): Expression {
    const character = this.#next
    if (character === '(') return this.#group()
    if (character === '[') return characters(...this.#class())
    if (character === '\\') return characters(...this.#escape())
    if (/[*+?]/.test(character)) throw this.#fault('nothing to repeat')
    if (character === '^' || character === '$') throw this.#fault(`${character} elsewhere than at its ends`)
    this.#at += character.length
    if (character === '.') return characters(...complement(lineBreaks))
    const codePoint = character.codePointAt(0)!
    return characters([codePoint, codePoint])
  }

  #group(): Expression {
    const [start = '(', mark] = /^\((?:\?(:|P?<[A-Za-z_]\w*>|.{0,2}))?/.exec(this.#rest) ?? []
    if (mark !== undefined && mark !== ':' && !mark.endsWith('>')) {
      throw this.#fault(/^<?[=!]/.test(mark) ? 'look-around' : `a group that begins with (?${mark}`)
    }
    this.#at += start.length
    const inner = this.#alternatives(false)
    if (!this.#takes(')')) throw this.#fault('an unmatched (')
    return inner
  }

  #class(): readonly Range[] {
    const open = this.#at
    this.#at++
    const isNegated = this.#takes('^')
    const ranges: Range[] = []
    while (!this.#takes(']')) {
      if (this.#at >= this.#pattern.length) throw this.#fault('an unmatched [', open)
      const first = this.#member()
      if (this.#next !== '-' || this.#pattern[this.#at + 1] === ']') ranges.push(...first)
      else {
        this.#at++
        const last = this.#member()
        if (first.length !== 1 || last.length !== 1 || first[0]![0] > last[0]![1]) throw this.#fault('a range out of order')
        ranges.push([first[0]![0], last[0]![1]])
      }
    }
    const members = isNegated ? complement(ranges) : complement(complement(ranges))
    if (members.length === 0) throw this.#fault('a class of no characters', open)
    return members
  }

  #member(): readonly Range[] {
    const character = this.#next
    if (character === '\\') return this.#escape()
    if (character === '') throw this.#fault('an unmatched [')
    this.#at += character.length
    const codePoint = character.codePointAt(0)!
    return [[codePoint, codePoint]]
  }

  #escape(): readonly Range[] {
    const [whole, hex, wide] = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(this.#rest) ?? []
    const code = hex ?? wide
    if (whole !== undefined && code !== undefined) {
      this.#at += whole.length
      return one(Number.parseInt(code, 16))
    }
    const letter = this.#pattern[this.#at + 1]
    if (letter === undefined) throw this.#fault('a \\ at its end')
    const set = sets[letter]
    const control = controls[letter]
    if (set === undefined && control === undefined && /[0-9A-Za-z]/.test(letter)) throw this.#fault(`\\${letter}`)
    this.#at += 2
    return set ?? one(control ?? letter.charCodeAt(0))
  }

  get #rest(): string {
    return this.#pattern.slice(this.#at, this.#at + 24)
  }

  /** The character that comes, whole; '' at the end. */
  get #next(): string {
    const codePoint = this.#pattern.codePointAt(this.#at)
    return codePoint === undefined ? '' : String.fromCodePoint(codePoint)
  }

  #takes(character: string): boolean {
    const isThere = this.#pattern[this.#at] === character
    if (isThere) this.#at++
    return isThere
  }

  #fault(what: string, at = this.#at): Error {
    return new Error(`the regular expression has ${what}, at character ${at + 1}`)
  }
}

const one = (codePoint: number): readonly Range[] => [[codePoint, codePoint]]
