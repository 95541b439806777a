// The one part of Node that the objects use, and that workerd provides natively (by default since compatibility date 2026-08-04): a
// hash that needs no await. Everything else of Node stays a type error here.
declare module 'node:crypto' {
  export function createHash(algorithm: 'sha256'): {
    update(text: string): { digest(encoding: 'base64url'): string }
  }
}
