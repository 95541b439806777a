/** The style of the Worker's own pages: the Blizzard theme's tokens, light and dark. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --background: light-dark(#f3fafd, #0a141b);
  --surface: light-dark(#ffffff, #101e27);
  --text: light-dark(#0b1f2a, #e6f3f8);
  --muted: light-dark(#456071, #9cb7c4);
  --accent: light-dark(#00688b, #6fd3ec);
  --border: light-dark(#5a8496, #64899a);
}
body { margin: 0; background: var(--background); color: var(--text); font: 0.9375rem/1.5 system-ui, sans-serif; }
main { max-inline-size: 46rem; margin-inline: auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.375rem; line-height: 1.3; }
h2 { font-size: 1.0625rem; line-height: 1.4; margin-block: 0 0.5rem; overflow-wrap: anywhere; }
h3 { font-size: 0.8125rem; margin-block: 0.75rem 0.25rem; color: var(--muted); }
section { background: var(--surface); border-radius: 0.75rem; padding: 1rem; margin-block: 1rem; scroll-margin-block: 1rem; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
li { margin-block: 0.25rem; min-block-size: 1.5rem; }
.method { color: var(--accent); }
summary { cursor: pointer; min-block-size: 1.5rem; }
pre { overflow-x: auto; font-size: 0.8125rem; border-inline-start: 2px solid var(--border); padding-inline-start: 0.75rem; }
code, pre { font-family: ui-monospace, monospace; }
`
