/** What is wrong with a file, by name (SPEC, MD-4), and what can be wrong on the way. */

import type { MediaFailure } from './failures.ts'

export { MEDIA_FAILURES, type MediaFailure } from './failures.ts'

const MESSAGES: Record<MediaFailure, string> = {
  mediaGone: 'The file is not there any more.',
  mediaTruncated: 'The file has another size than its message says.',
  mediaKeyWrong: 'The key of the message does not open its file.',
  mediaSwapped: 'There is another file in the place of this one.',
  mediaCorrupted: 'The file was altered.',
}

/** The file is not what its message says. Loading it again helps only where the storage is put right. */
export class MediaError extends Error {
  override readonly name = 'MediaError'
  readonly code: MediaFailure
  constructor(code: MediaFailure) {
    super(MESSAGES[code])
    this.code = code
  }
}

/** The storage does not take a signed address any more (or its clock is far from the relay's): ask for a new one. */
export class AddressExpiredError extends Error {
  override readonly name = 'AddressExpiredError'
  readonly code = 'mediaAddressExpired'
  constructor() {
    super('The storage refuses this address.')
  }
}

/** A file is over 100 MiB, or a message was given none, or more than 10. */
export class MediaTooLargeError extends Error {
  override readonly name = 'MediaTooLargeError'
  readonly code = 'mediaTooLarge'
}

/** The file could not be read to its end, or became another while it was read. */
export class MediaSourceError extends Error {
  override readonly name = 'MediaSourceError'
  readonly code = 'mediaUnreadable'
  constructor(options?: ErrorOptions) {
    super('The file cannot be read.', options)
  }
}

/** It was cancelled, or its message went. */
export class MediaCancelledError extends Error {
  override readonly name = 'MediaCancelledError'
  readonly code = 'mediaCancelled'
  constructor() {
    super('Cancelled.')
  }
}
