/** The part of Babel that the build calls. */
declare module '@babel/core' {
  export interface TransformResult {
    readonly code: string | null
    readonly map: { mappings: string; names: string[]; sources: string[]; version: number } | null
  }
  export function transformAsync(code: string, options: Record<string, unknown>): Promise<TransformResult | null>
}
