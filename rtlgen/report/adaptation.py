"""What `rtlgen train adapt` and `rtlgen train audit` found, as text.

Try: ``rtlgen train``
"""

from __future__ import annotations

from rtlgen.train.adapt_record import Adapted


def as_text(made: Adapted) -> str:
    """The table before and after, the paired comparison, and what was decided."""
    before, after, pair = made.before, made.after, made.pipeline
    rows = [
        ("", "before", "after"),
        ("bits per byte, model", f"{before.bits_per_byte:.3f}", f"{after.bits_per_byte:.3f}"),
        (
            "bits per byte, with the repository's text",
            f"{before.mixed_bits_per_byte:.3f}",
            f"{after.mixed_bits_per_byte:.3f}",
        ),
        ("exact match, rtlgen complete", f"{before.exact_match:.1f} %", f"{after.exact_match:.1f} %"),
        ("exact match, model alone", f"{before.model_exact_match:.1f} %", f"{after.model_exact_match:.1f} %"),
        ("edit similarity", f"{before.edit_similarity:.1f}", f"{after.edit_similarity:.1f}"),
    ]
    wide = max(len(row[0]) for row in rows)
    lines = [f"{name:<{wide}}  {a:>8}  {b:>8}" for name, a, b in rows]
    low, high = pair.interval
    lines += [
        "",
        f"{before.lines} hidden lines of {made.split['held_out']} held-out files: {pair.won} won, {pair.lost} lost, "
        f"{pair.difference:+.1f} points ({low:+.1f} to {high:+.1f}, McNemar p {pair.p_value:.2f})",
        f"kept: {made.adapter}" if made.kept else "not kept: rtlgen complete goes on as before",
        f"because {made.reason}",
    ]
    return "\n".join(lines)


def talk(made: Adapted) -> str:
    """One line about the effort."""
    tokens = sum(fit.tokens for fit in made.fits)
    return (
        f"{made.seconds / 60:.1f} minutes ({made.cpu_seconds / 60:.1f} of processor time), {tokens:,} tokens read in "
        f"{sum(fit.steps for fit in made.fits)} steps"
    )
