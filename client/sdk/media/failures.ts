/** What is wrong with a file, by name (SPEC, MD-4). Apart from its errors: records name it, and are there from the start. */

/** Of an object that does not hold what the message says. Nothing of it is kept or shown. */
export const MEDIA_FAILURES = [
  /** There is no object: its time is over, or it was ended. */
  'mediaGone',
  /** The object has another size. */
  'mediaTruncated',
  /** It is the object of the message, and the message's key opens none of it. */
  'mediaKeyWrong',
  /** It is another object, which the message's key does not open. */
  'mediaSwapped',
  /** Part of it was altered. */
  'mediaCorrupted',
] as const
export type MediaFailure = (typeof MEDIA_FAILURES)[number]
