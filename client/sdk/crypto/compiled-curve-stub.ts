/**
 * Stands in for `@privacyresearch/curve25519-typescript` in a bundle: the library loads that package (860 KB of compiled
 * curve, started on import) and then never uses it, since `library.ts` injects ours. A bundler maps the package here.
 */

function absent(): never {
  throw new Error('The compiled curve is left out of this bundle; curve.ts is injected in its place.')
}

/** What the library constructs on import. */
export class AsyncCurve25519Wrapper {
  keyPair = absent
  sharedSecret = absent
  sign = absent
  verify = absent
}

/** What the library's index could construct on demand. */
export const Curve25519Wrapper = { create: absent }
