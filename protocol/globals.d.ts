// The few globals that every runtime of ours (workerd, browser worker, Node) has, so that `protocol/` can be
// checked against no runtime's library at all: using anything else here is a type error.

declare function atob(data: string): string
declare function btoa(data: string): string
declare class TextEncoder {
  encode(input?: string): Uint8Array
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  decode(input?: Uint8Array): string
}
declare const crypto: { getRandomValues<T extends Uint8Array>(array: T): T }
