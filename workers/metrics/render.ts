/** Metrics in the text format of Prometheus (version 0.0.4). */

export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[]
}

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const PREFIX = 'silentrelay_'

export function render(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const head = `# HELP ${PREFIX}${name} ${escape(help)}\n# TYPE ${PREFIX}${name} ${type}\n`
      return head + samples.map(({ labels, value }) => `${PREFIX}${name}${labelled(labels)} ${value}\n`).join('')
    })
    .join('')
}

function labelled(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value).replaceAll('"', '\\"')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
