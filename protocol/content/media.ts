/**
 * Files in a message (SPEC, MD-3): where each is, what opens it, and what its author says that it is. Everything but the
 * octets is that author's word.
 */

import * as v from 'valibot'
import { utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { MediaCapability, MediaRelease } from '../media/object.ts'
import { MEDIA_DIGEST_BYTES, MEDIA_KEY_BYTES } from '../media/seal.ts'
import { bytesOf, bytesUpTo, integer, listOf } from '../primitives.ts'
import { Timer } from '../timer.ts'
import { MessageName } from './message-name.ts'
import { WORDS, isWithin } from './text.ts'

/** How a file is to be shown. */
export const MEDIA_VIEWS = ['picture', 'video', 'voice', 'file'] as const

/** Of a picture or film, in pixels. */
const Side = integer(1, LIMITS.mediaSideMax)

/** Longest sound or film that says its length: a day, in milliseconds. */
const MAX_DURATION = 24 * 60 * 60_000

export const MediaItem = v.object({
  object: MediaCapability,
  key: bytesOf(MEDIA_KEY_BYTES),
  digest: bytesOf(MEDIA_DIGEST_BYTES),
  /** Octets before padding. */
  size: integer(0, LIMITS.mediaBytes),
  /** One that this build does not know is a file like others. */
  view: v.fallback(v.picklist(MEDIA_VIEWS), 'file'),
  /** A media type without parameters. */
  type: v.pipe(v.string(), v.maxLength(127), v.regex(/^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/)),
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.mediaNameMax))),
  width: v.optional(Side),
  height: v.optional(Side),
  /** A picture of some 25 octets (evanw/thumbhash). */
  thumbhash: v.optional(bytesUpTo(LIMITS.mediaThumbhashBytes)),
  /** JPEG or WebP. */
  thumbnail: v.optional(bytesUpTo(LIMITS.mediaThumbnailBytes)),
  /** Milliseconds. */
  duration: v.optional(integer(0, MAX_DURATION)),
  /** How loud it is from its beginning to its end: an octet each. */
  waveform: v.optional(bytesUpTo(LIMITS.mediaWaveform)),
  /** What is to be seen, for who does not see it. */
  alt: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.mediaAltMax))),
  /** Of a disappearing message to one person, whose client ends the object with it (MD-13). */
  release: v.optional(MediaRelease),
})
export type MediaItem = v.InferOutput<typeof MediaItem>

export const Media = v.pipe(
  v.object({
    kind: v.literal('media'),
    items: listOf(MediaItem, LIMITS.mediaItems, 1),
    /** What is written below them. */
    ...WORDS,
    body: v.optional(WORDS.body),
    /** These as a text's. */
    timer: v.optional(Timer),
    quote: v.optional(MessageName),
    forwarded: v.optional(v.literal(true)),
  }),
  v.check(({ body = '', ...ranges }) => isWithin({ ...ranges, body }), 'a range beyond the text'),
  v.check((media) => utf8(JSON.stringify(media)).length <= LIMITS.textJsonBytes, 'media too long as JSON'),
)
export type Media = v.InferOutput<typeof Media>
