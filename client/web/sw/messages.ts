/** What a page says to a service worker that waits. */
export const SKIP_WAITING = 'skipWaiting'
