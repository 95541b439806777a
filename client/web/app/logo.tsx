/** A speech bubble with a snow crystal: the mark of SilentRelay. Decoration. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 64 64" aria-hidden className={className}>
      <path
        className="fill-accent"
        d="M32 4C16 4 4 14.6 4 28.4c0 7.6 3.7 14.2 9.6 18.7L11 58.4c-.3 1.3 1 2.3 2.2 1.7l11.6-6c2.3.5 4.7.7 7.2.7 16 0 28-10.6 28-26.4S48 4 32 4Z"
      />
      <g className="stroke-own" strokeWidth="3.4" strokeLinecap="round" fill="none">
        <path d="M32 15v28M19.9 22l24.2 14M19.9 36l24.2-14" />
        <path d="m27.5 17.5 4.5 4 4.5-4M27.5 40.5l4.5-4 4.5 4M19.3 27.5l5.7-2-1.2-5.9M44.7 30.5l-5.7 2 1.2 5.9M19.3 30.5l5.7 2-1.2 5.9M44.7 27.5l-5.7-2 1.2-5.9" />
      </g>
    </svg>
  )
}
