/// <reference types="node" />
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  APPEARANCE_KEY,
  applyAppearance,
  type AppearanceRoot,
  DEFAULT_APPEARANCE,
  parseAppearance,
  TEXT_SIZES,
  THEMES,
} from './appearance.ts'

const SCRIPT = readFileSync(new URL('../public/appearance.js', import.meta.url), 'utf8')

function byScript(kept: string | null): AppearanceRoot {
  const root: AppearanceRoot = { dataset: {}, style: { fontSize: '' } }
  runInNewContext(SCRIPT, {
    document: { documentElement: root },
    localStorage: { getItem: (key: string) => (key === APPEARANCE_KEY ? kept : null) },
  })
  return root
}

function byModule(kept: string | null): AppearanceRoot {
  const root: AppearanceRoot = { dataset: {}, style: { fontSize: '' } }
  applyAppearance(root, parseAppearance(kept))
  return root
}

const CHOICES = THEMES.flatMap((theme) => TEXT_SIZES.map((textSize) => ({ theme, textSize })))
const BROKEN = [null, '', '{', 'null', '7', '"dark"', '[]', '{"theme":"neon","textSize":900}', '{"textSize":"150"}']

describe('appearance', () => {
  it.each(CHOICES)('reads back what was kept: $theme, $textSize %', (choice) => {
    expect(parseAppearance(JSON.stringify(choice))).toEqual(choice)
  })

  it.each([...CHOICES.map((choice) => JSON.stringify(choice)), ...BROKEN])(
    'is the same before the first paint as after: %s',
    (kept) => expect(byScript(kept)).toEqual(byModule(kept)),
  )

  it.each(BROKEN)('takes the defaults for what it does not understand: %s', (kept) => {
    expect(parseAppearance(kept)).toEqual(DEFAULT_APPEARANCE)
  })

  it('starts with the defaults where storage is refused', () => {
    const root: AppearanceRoot = { dataset: {}, style: { fontSize: '' } }
    const refuse = () => {
      throw new Error('SecurityError')
    }
    runInNewContext(SCRIPT, { document: { documentElement: root }, localStorage: { getItem: refuse } })
    expect(root).toEqual({ dataset: {}, style: { fontSize: '' } })
  })
})
