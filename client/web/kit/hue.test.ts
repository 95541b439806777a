import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { HUES, hueOf, personColour } from './hue.ts'

const tokens = readFileSync(fileURLToPath(new URL('../theme/tokens.css', import.meta.url)), 'utf8')

/** A token's colours: in the light theme, in the dark one. */
function coloursOf(token: string): readonly [light: string, dark: string] {
  const found = new RegExp(`--color-${token}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(tokens)
  if (found?.[1] === undefined || found[2] === undefined) throw new Error(`no token ${token}`)
  return [found[1], found[2]]
}

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

describe('colours of people', () => {
  it('are the same for the same account, and all of them are given', () => {
    const ids = Array.from({ length: 200 }, (_, index) => `account-${index}`)
    expect(ids.map(hueOf)).toEqual(ids.map(hueOf))
    expect(new Set(ids.map(hueOf)).size).toBe(HUES)
    expect(new Set(ids.map(personColour)).size).toBe(HUES)
  })

  it('hold 4.5:1 on every ground that names stand on, in both themes', () => {
    for (const ground of ['surface', 'background', 'sidebar']) {
      const grounds = coloursOf(ground)
      for (let hue = 1; hue <= HUES; hue++) {
        const colours = coloursOf(`person-${hue}`)
        for (const theme of [0, 1] as const) {
          expect(contrast(colours[theme], grounds[theme]), `person-${hue} on ${ground}`).toBeGreaterThanOrEqual(4.5)
        }
      }
    }
  })
})
