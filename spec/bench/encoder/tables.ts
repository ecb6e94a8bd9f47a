import { median } from '../llm/figures.ts'

/** A table in Markdown of the rates of all rounds, by who was measured: medians, and those of ours to each in the same round. */
export function printRatios(
  title: string,
  unit: string,
  rates: ReadonlyMap<string, readonly number[]>,
  limits: Readonly<Record<string, string>>,
): void {
  const own = rates.get('ovms-ts') ?? []
  console.log(`\n| ${title} | ${unit} | ovms-ts / it | limit |\n|---|---|---|---|`)
  for (const [name, all] of rates) {
    const ratio = median(own.map((rate, round) => rate / (all[round] ?? Number.NaN)))
    console.log(`| ${name} | ${median(all).toFixed(median(all) < 100 ? 1 : 0)} | ${ratio.toFixed(2)} | ${limits[name] ?? ''} |`)
  }
}
