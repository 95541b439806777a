import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ROUTES } from './http/routes.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const SPEC = readFileSync(new URL('SPEC.md', import.meta.url), 'utf8')
const FOLDERS = ['protocol', 'db', 'durable-objects', 'workers', 'client', 'test', 'scripts', 'examples']

/** Ids that SPEC.md gives to rules, in its order. */
const RULES = [...SPEC.matchAll(/^- \*\*([A-Z]{1,2}-\d+)\*\* /gm)].map(([, id]) => id ?? '')

/** An id as titles and references write it: one or two letters and at most two digits, so that SHA-256 and P-256 are none. */
const CITATION = /(?<![A-Za-z0-9-])[A-Z]{1,2}-\d{1,2}(?!\d)/g

/** Titles of tests and suites, also those that stand in shared suites. */
const TITLE = /\b(?:it|test|describe)(?:\.[a-z]+(?:\((?:[^()]|\([^()]*\))*\))?)*\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs

function titlesIn(file: string): string[] {
  return [...readFileSync(ROOT + file, 'utf8').matchAll(TITLE)].map(([, , title]) => title ?? '')
}

function citedBy(title: string): string[] {
  return [...title.matchAll(CITATION)].map(([id]) => id)
}

const FILES = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT })).filter(
  (file) => !file.includes('node_modules') && !file.endsWith('.d.ts'),
)
const CITED = new Map(FILES.map((file) => [file, titlesIn(file).flatMap(citedBy)] as const))

describe('SPEC.md', () => {
  it('gives each rule its own id, counted up within its area', () => {
    expect(RULES.length).toBeGreaterThan(100)
    expect(new Set(RULES).size).toBe(RULES.length)
    const last = new Map<string, number>()
    for (const id of RULES) {
      const [area = '', number = ''] = id.split('-')
      expect(Number(number)).toBeGreaterThan(last.get(area) ?? 0)
      last.set(area, Number(number))
    }
  })

  it('refers only to rules that it has', () => {
    expect(citedBy(SPEC).filter((id) => !RULES.includes(id))).toEqual([])
  })

  it('lists every HTTP operation with its method, path and whether it needs a token', () => {
    for (const [name, { method, path, authenticated }] of Object.entries(ROUTES)) {
      expect(SPEC).toContain(`| ${name} | ${method} \`${path}\` | ${authenticated ? 'yes' : 'no'} |`)
    }
  })
})

describe('titles of tests', () => {
  it('are found, also of parameterised tests, and other names with numbers are no rules', () => {
    expect(
      ['it("E-1: x", f)', "it.each([['a', f(1)]])('E-2: %s', f)", 'describe.skip(`E-3`)'].flatMap((code) =>
        [...code.matchAll(TITLE)].flatMap(([, , title]) => citedBy(title ?? '')),
      ),
    ).toEqual(['E-1', 'E-2', 'E-3'])
    expect(citedBy('SHA-256, P-256, UTF-8, AES-128')).toEqual([])
  })

  it('cite only rules that SPEC.md has', () => {
    const unknown = [...CITED].flatMap(([file, ids]) =>
      ids.filter((id) => !RULES.includes(id)).map((id) => `${file}: ${id}`),
    )
    expect(unknown).toEqual([])
  })

  it('cite rules at all; those that none cites are listed', () => {
    const cited = new Set([...CITED.values()].flat())
    const uncited = RULES.filter((id) => !cited.has(id))
    process.stdout.write(
      `Rules that no test's title cites (${uncited.length} of ${RULES.length}): ${uncited.join(' ')}\n`,
    )
    expect(cited.size).toBeGreaterThan(0)
  })
})
