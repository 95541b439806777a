/** Cuts a message's text into pieces that each have one set of styles and at most one link. Text in, data out: no HTML. */

import { LIMITS } from '#protocol/limits.ts'
import type { Mention, StyleRange } from '#protocol/content/content.ts'
import { find } from 'linkifyjs'

export type Style = StyleRange['style']

export interface Link {
  readonly href: string
  /** What the address's host really is, where the text shows letters that pass for others. */
  readonly host?: string
}

export interface Segment {
  /** Place in the body: a key that stays while the text does. */
  readonly start: number
  readonly text: string
  readonly styles: ReadonlySet<Style>
  readonly link?: Link
  /** The account that this text names. */
  readonly mention?: string
}

/** What of a text is more than its letters; the sender's, so anything may be wrong with it. */
export interface Ranges {
  readonly styles?: readonly StyleRange[] | undefined
  readonly mentions?: readonly Mention[] | undefined
}

/** Overrides make a text read as another; each becomes a character of no width, so that style ranges still fit. */
const OVERRIDES = /[\u202D\u202E]/g

/** A place inside a surrogate pair belongs before it: half a character shows as a box. */
function whole(body: string, at: number): number {
  const unit = body.charCodeAt(at)
  return at > 0 && at < body.length && unit >= 0xdc_00 && unit <= 0xdf_ff ? at - 1 : at
}

/** Only what a person would open: another scheme stays text. */
function linkOf(href: string): Link | undefined {
  let url: URL
  try {
    url = new URL(href)
  } catch {
    return undefined
  }
  if (url.protocol === 'mailto:') return { href: url.href }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  return { href: url.href, ...(/(?:^|\.)xn--/.test(url.hostname) ? { host: url.hostname } : {}) }
}

interface FoundLink {
  readonly start: number
  readonly end: number
  readonly link: Link
}

function linksIn(text: string): FoundLink[] {
  if (!/[.:@]/.test(text)) return []
  return find(text, { defaultProtocol: 'https' }).flatMap(({ start, end, href, isLink }) => {
    const link = isLink ? linkOf(href) : undefined
    return link === undefined ? [] : [{ start, end, link }]
  })
}

/**
 * The pieces of `body` up to `end`. Ranges are the sender's: they may nest, overlap, repeat, split characters and reach
 * beyond the end.
 */
export function segmentsOf(body: string, ranges: Ranges = {}, end: number = body.length): Segment[] {
  const last = whole(body, Math.min(end, body.length))
  const text = body.slice(0, last).replaceAll(OVERRIDES, '\u2060')
  const inside = <T extends { readonly start: number; readonly length: number }>(range: T) => {
    const from = Math.min(whole(body, range.start), last)
    const to = Math.min(whole(body, range.start + range.length), last)
    return from < to ? [{ ...range, from, to }] : []
  }
  const styled = (ranges.styles ?? []).slice(0, LIMITS.styleRanges).flatMap(inside)
  const named = (ranges.mentions ?? []).slice(0, LIMITS.mentions).flatMap(inside)
  // A mention is not also a link: its text may look like an address.
  const links = linksIn(text).filter((found) => !named.some(({ from, to }) => from < found.end && found.start < to))
  const cuts = new Set([0, last])
  for (const { from, to } of [...styled, ...named]) cuts.add(from).add(to)
  for (const { start, end: linkEnd } of links) cuts.add(start).add(linkEnd)
  const places = [...cuts].sort((a, b) => a - b)

  const segments: Segment[] = []
  for (const [index, start] of places.entries()) {
    const stop = places[index + 1]
    if (stop === undefined) break
    const styles = new Set(styled.filter(({ from, to }) => from <= start && stop <= to).map(({ style }) => style))
    const link = links.find((found) => found.start <= start && stop <= found.end)?.link
    const mention = named.find(({ from, to }) => from <= start && stop <= to)?.account
    segments.push({
      start,
      text: text.slice(start, stop),
      styles,
      ...(link === undefined ? {} : { link }),
      ...(mention === undefined ? {} : { mention }),
    })
  }
  return segments
}

/** Runs of neighbouring segments for which `same` holds. */
export function runsOf(segments: readonly Segment[], same: (a: Segment, b: Segment) => boolean): Segment[][] {
  const runs: Segment[][] = []
  for (const segment of segments) {
    const run = runs.at(-1)
    const previous = run?.at(-1)
    if (run !== undefined && previous !== undefined && same(previous, segment)) run.push(segment)
    else runs.push([segment])
  }
  return runs
}
