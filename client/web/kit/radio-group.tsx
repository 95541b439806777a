import { RadioGroup as Radix } from 'radix-ui'
import { type ReactNode, useId } from 'react'

interface RadioGroupProps<T extends string> {
  readonly label: ReactNode
  readonly value: T
  readonly onValueChange: (value: T) => void
  readonly options: readonly {
    readonly value: T
    readonly label: ReactNode
    readonly hint?: ReactNode
    readonly disabled?: boolean
  }[]
}

/** One of a few, each with what it means. */
export function RadioGroup<T extends string>({ label, value, onValueChange, options }: RadioGroupProps<T>) {
  const id = useId()
  return (
    <div className="flex flex-col gap-1">
      <span id={id} className="font-medium">
        {label}
      </span>
      <Radix.Root aria-labelledby={id} value={value} onValueChange={(next) => onValueChange(next as T)}>
        {options.map((option) => (
          <div key={option.value} className="flex items-start gap-3 py-1.5">
            <Radix.Item
              id={`${id}-${option.value}`}
              value={option.value}
              disabled={option.disabled ?? false}
              aria-describedby={option.hint === undefined ? undefined : `${id}-${option.value}-hint`}
              className="mt-px grid size-6 shrink-0 place-items-center rounded-full border border-control bg-surface disabled:opacity-50 data-[state=checked]:border-accent"
            >
              <Radix.Indicator className="block size-3 rounded-full bg-accent" />
            </Radix.Item>
            <div className="min-w-0">
              <label htmlFor={`${id}-${option.value}`}>{option.label}</label>
              {option.hint === undefined ? null : (
                <p id={`${id}-${option.value}-hint`} className="text-meta text-muted">
                  {option.hint}
                </p>
              )}
            </div>
          </div>
        ))}
      </Radix.Root>
    </div>
  )
}
