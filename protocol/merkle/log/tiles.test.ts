import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalBytes } from '../../bytes.ts'
import { leafHashes, nodesOver, tilesOver } from '../testing/log.ts'
import { readBundle, writeBundle } from './bundles.ts'
import { EMPTY_EDGE, append, edgeRoot, readEdge } from './edge.ts'
import { rootOf } from './nodes.ts'
import { inclusionPath, consistencyPath, nodesOfPath, proveConsistency, proveInclusion } from './prove.ts'
import { tileNodes, tilesOfNodes } from './tile-nodes.ts'
import { type TileId, bundlePath, newTiles, parseTilePath, tilePath } from './tiles.ts'
import { verifyConsistency, verifyInclusion } from './verify.ts'

const SIZE = 70_000
const NONE = new Uint8Array(0)

describe('tiles', () => {
  it('of a tree of 70,000 leaves are those of the example in C2SP tlog-tiles', () => {
    const tiles = newTiles(0, SIZE)
    const count = (level: number, full: boolean) =>
      tiles.filter((tile) => tile.level === level && (tile.width === 256) === full).length
    expect([count(0, true), count(0, false), count(1, true), count(1, false), count(2, true), count(2, false)]).toEqual(
      [273, 1, 1, 1, 0, 1],
    )
    expect(tiles.filter(({ width }) => width < 256)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ])
    expect(newTiles(0, 256)).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ])
  })

  it('that are new after growth are those whose octets are new', () => {
    expect(newTiles(5, 5)).toEqual([])
    expect(newTiles(0, 0)).toEqual([])
    expect(newTiles(255, 257).map(tilePath)).toEqual(['tile/0/000', 'tile/0/001.p/1', 'tile/1/000.p/1'])
    expect(newTiles(256, 257).map(tilePath)).toEqual(['tile/0/001.p/1'])
    fc.assert(
      fc.property(fc.nat(3_000), fc.nat(3_000), (before, more) => {
        const all = (size: number) => newTiles(0, size).map(tilePath)
        const had = new Set(all(before))
        expect(newTiles(before, before + more).map(tilePath)).toEqual(
          all(before + more).filter((path) => !had.has(path)),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('have the paths of C2SP tlog-tiles', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
    expect(tilePath({ level: 3, index: 5, width: 17 })).toBe('tile/3/005.p/17')
    expect(bundlePath({ index: 1_000, width: 256 })).toBe('tile/entries/x001/000')
  })

  it('are found again by their path, and by no other spelling of it', () => {
    const ids = fc.record({ level: fc.nat(63), index: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) })
    fc.assert(
      fc.property(ids, (id) => {
        expect(parseTilePath(tilePath(id))).toEqual(id)
        expect(parseTilePath(bundlePath(id))).toEqual({ ...id, level: 'entries' })
      }),
    )
    const refused = [
      'tile/0/1',
      'tile/0/x000/001',
      'tile/64/000',
      'tile/00/000',
      'tile/-1/000',
      'tile/0/001.p/0',
      'tile/0/001.p/256',
      'tile/0/001.p/01',
      'tile/0/001/002',
      'tile/0/x001',
      'tile/0/001.p',
      'tile/0/001/',
      '/tile/0/001',
      'tile/data/001',
      'tile/0/x999/x999/x999/x999/x999/999',
      'tile/0/../001',
      'tile/0/001\n',
      'tile/0/x1000/000',
    ]
    expect(refused.filter((path) => parseTilePath(path) !== undefined)).toEqual([])
    fc.assert(fc.property(fc.string(), (text) => parseTilePath(text) === undefined))
  })
})

describe('the edge', () => {
  const hashes = leafHashes(1_500)

  it('appends in batches of any size to the same tiles and root as at once', () => {
    const root = rootOf(nodesOver(hashes.slice(0, 700)), 700)
    const once = tilesOver(hashes.slice(0, 700), [])
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 6 }), (batches) => {
        const parts = tilesOver(hashes.slice(0, 700), batches)
        expect(parts.edge.size).toBe(once.edge.size)
        expect(edgeRoot(parts.edge)).toEqual(root)
        const differing = [...once.tiles].filter(
          ([path, { bytes }]) => !equalBytes(parts.tiles.get(path)?.bytes ?? NONE, bytes),
        )
        expect(differing).toEqual([])
      }),
      { numRuns: 10 },
    )
  })

  it('writes the tiles that are new, and is found again in them', () => {
    let edge = EMPTY_EDGE
    const tiles = new Map<string, Uint8Array>()
    for (const batch of [1, 254, 1, 0, 1, 511, 600]) {
      const next = append(edge, hashes.slice(edge.size, edge.size + batch))
      expect(next.tiles.map(({ level, index, width }) => ({ level, index, width }))).toEqual(
        newTiles(edge.size, next.edge.size),
      )
      for (const tile of next.tiles) tiles.set(tilePath(tile), tile.bytes)
      edge = next.edge
      expect(readEdge(edge.size, (tile) => tiles.get(tilePath(tile)))).toEqual(edge)
    }
    expect(readEdge(edge.size, () => undefined)).toBeUndefined()
    expect(readEdge(edge.size, (tile) => tiles.get(tilePath(tile))?.subarray(1))).toBeUndefined()
  })

  it('gives tiles that all proofs can be made of, from no more tiles than named', () => {
    const size = hashes.length
    const { tiles, edge } = tilesOver(hashes, [256, 300])
    const root = edgeRoot(edge)
    const [index, first] = [777, 901]
    const named = tilesOfNodes(
      [inclusionPath(index, size), consistencyPath(first, size)].flatMap(nodesOfPath),
      size,
    ).map(tilePath)
    const asked = new Set<string>()
    const read = tileNodes(size, (tile: TileId) => {
      asked.add(tilePath(tile))
      return tiles.get(tilePath(tile))?.bytes
    })
    expect(verifyInclusion(index, size, hashes[index] ?? root, proveInclusion(read, index, size), root)).toBe(true)
    const old = edgeRoot(append(EMPTY_EDGE, hashes.slice(0, first)).edge)
    expect(verifyConsistency(first, size, old, root, proveConsistency(read, first, size))).toBe(true)
    expect([...asked].sort()).toEqual(named.sort())
    expect(() => tileNodes(size, () => undefined)({ level: 0, index: 0 })).toThrow(RangeError)
    expect(() => read({ level: 0, index: size })).toThrow(RangeError)
  })
})

describe('a bundle of entries', () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (entries) => {
        expect(readBundle(writeBundle(entries), entries.length)).toEqual(entries)
        expect(readBundle(writeBundle(entries), entries.length + 1)).toBeUndefined()
        if (entries.length > 0) expect(readBundle(writeBundle(entries), entries.length - 1)).toBeUndefined()
      }),
    )
  })

  it('is not read when it is cut, and does not take an entry that its length cannot say', () => {
    const bundle = writeBundle([Uint8Array.of(1, 2), Uint8Array.of(3)])
    expect(Buffer.from(bundle).toString('hex')).toBe('00020102000103')
    for (let length = 0; length < bundle.length; length += 1) {
      expect(readBundle(bundle.subarray(0, length), 2)).toBeUndefined()
    }
    expect(writeBundle([new Uint8Array(65_535)])).toHaveLength(65_537)
    expect(() => writeBundle([new Uint8Array(65_536)])).toThrow(RangeError)
  })
})
