interface ProgressBarProps {
  readonly label: string
  /** 0 to 1. */
  readonly share: number
}

/** How far a file is. */
export function ProgressBar({ label, share }: ProgressBarProps) {
  const percent = Math.round(share * 100)
  return (
    <span
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className="block h-1.5 min-w-0 flex-1 overflow-hidden rounded-full bg-current/25"
    >
      <span className="block h-full rounded-full bg-current" style={{ width: `${Math.max(2, percent)}%` }} />
    </span>
  )
}
