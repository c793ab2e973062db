"""The look of the Operations page. Colours build on the current text colour."""

CSS = """
<style>
/* Figures that change every second must not fade out each time they are asked for. */
[data-stale="true"] { opacity: 1 !important; }
.once-figures { display: grid; gap: 0.8rem;
  grid-template-columns: repeat(auto-fill, minmax(min(18rem, 45%), 1fr));
  margin: 0; padding: 0 !important; }
.once-figures > div { padding: 0.7rem 0.9rem; border-radius: 0.4rem;
  background: color-mix(in srgb, currentColor 5%, transparent); }
.once-figures dt { font-size: 0.9rem; }
.once-figures dd { margin: 0; display: grid; gap: 0.2rem; font-size: 0.9rem; }
.once-figures b { font-size: 1.5rem; font-weight: 600; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.once-meter { display: block; height: 0.5rem; margin: 0.35rem 0; border-radius: 0.25rem;
  border: 1px solid currentColor; overflow: hidden; }
.once-meter i { display: block; height: 100%; background: #2e8b57; }
.once-table { overflow-x: auto; }
.once-table table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.once-table th, .once-table td { text-align: left; padding: 0.45rem 1.2rem 0.45rem 0;
  white-space: nowrap; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.once-strips { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr));
  gap: 1.5rem; }
.once-strips figure { margin: 0; }
.once-strips figcaption { font-size: 0.9rem; margin-bottom: 0.4rem;
  font-variant-numeric: tabular-nums; }
.once-bars { display: flex; align-items: flex-end; gap: 1px; height: 4rem;
  border-bottom: 1px solid currentColor; }
.once-bars i { flex: 1; background: #2e8b57; }
.once-steps { margin: 0; padding-left: 1.4rem !important; font-variant-numeric: tabular-nums; }
.once-steps li { margin: 0.2rem 0; overflow-wrap: anywhere; }
.once-hashes { margin: 0.8rem 0 0; padding: 0 !important; }
.once-hashes dt { font-size: 0.9rem; }
.once-hashes dd { margin: 0 0 0.4rem; overflow-wrap: anywhere; }
.once-hashes code { font-size: 0.85rem; }
.once-verdict { margin: 0.2rem 0 0.8rem; font-weight: 600; font-size: 1.1rem; }
.once-retold { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 18rem;
  overflow-y: auto; font-family: "Source Serif", Georgia, serif; line-height: 1.7;
  padding: 1rem 1.2rem; border: 1px solid color-mix(in srgb, currentColor 20%, transparent);
  border-radius: 0.4rem; }
.once-seam { font-family: system-ui, sans-serif; font-size: 0.75rem; padding: 0.1rem 0.4rem;
  margin: 0 0.3rem; border-radius: 0.2rem; color: #ffffff; background: #a93226; }
</style>
"""
