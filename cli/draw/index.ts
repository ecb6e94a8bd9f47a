import type { Plan } from '../../engine/index.ts'
import { mermaidOf } from './mermaid.ts'
import { pictureOf } from './picture.ts'
import { svgOf } from './svg.ts'

/** A graph as Mermaid text, which GitHub and many editors draw. */
export const drawMermaid = (plan: Plan): string => mermaidOf(pictureOf(plan))

/** A graph as an SVG file, readable on light and on dark pages. */
export const drawSvg = (plan: Plan): string => svgOf(pictureOf(plan))
