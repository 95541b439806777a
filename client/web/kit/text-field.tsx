import { CircleAlert } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from './cx.ts'

export interface TextFieldProps extends Omit<ComponentProps<'input'>, 'id' | 'aria-describedby' | 'aria-invalid'> {
  readonly label: ReactNode
  /** Visually hidden, still spoken. */
  readonly hideLabel?: boolean
  readonly hint?: ReactNode
  /** What is wrong and what to do. Spoken when it appears. */
  readonly error?: ReactNode
  /** Inside the field, before and after the text. */
  readonly lead?: ReactNode
  readonly trail?: ReactNode
  readonly inputClassName?: string
}

/** One line of text with its label, a hint and an error. */
export function TextField({ label, hideLabel = false, hint, error, lead, trail, ...rest }: TextFieldProps) {
  const { className, inputClassName, ...props } = rest
  const id = useId()
  const wrong = error !== undefined && error !== null && error !== false && error !== ''
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'font-medium'}>
        {label}
      </label>
      <div
        className={cx(
          'flex min-h-11 items-center gap-2 rounded-control border bg-surface px-3',
          'focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-ring',
          wrong ? 'border-danger' : 'border-control',
        )}
      >
        {lead === undefined ? null : <span className="shrink-0 text-muted [&_svg]:size-5">{lead}</span>}
        <input
          // What is typed has a direction of its own; a hint in its place has that of the interface.
          dir={props.value === '' ? undefined : 'auto'}
          {...props}
          id={id}
          aria-invalid={wrong || undefined}
          aria-describedby={`${id}-error ${id}-hint`}
          className={cx('min-h-9 w-full min-w-0 flex-1 bg-transparent outline-none', inputClassName)}
        />
        {trail}
      </div>
      {/* There before its text, so that the text is announced. */}
      <p
        id={`${id}-error`}
        role="alert"
        className={cx('flex items-start gap-1.5 text-meta text-danger', !wrong && 'hidden')}
      >
        {wrong ? <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" /> : null}
        {wrong ? <span>{error}</span> : null}
      </p>
      <p id={`${id}-hint`} className={cx('text-meta text-muted', (hint === undefined || wrong) && 'hidden')}>
        {hint}
      </p>
    </div>
  )
}
