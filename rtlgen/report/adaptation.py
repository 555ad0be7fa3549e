"""What `rtlgen train adapt` and `rtlgen train audit` found, as text.

Try: ``rtlgen train``
"""

from __future__ import annotations

from rtlgen.train.adapt_record import Adapted
from rtlgen.train.audit import Audit


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


_KINDS = {
    "learned": "50 tokens of files it learned from",
    "unread": "50 tokens of files it has not read",
    "number": "long hexadecimal literals",
    "string": "strings that look like keys",
    "e-mail": "e-mail addresses",
    "name": "names in comments",
}


def audit_text(found: Audit) -> str:
    """The shares by kind with and without the adapter, and what is recited, masked."""
    wide = max(len(name) for name in _KINDS.values())
    lines = [f"{'recited word by word':<{wide}}  {'probes':>6}  {'without':>14}  {'with the adapter':>26}"]
    for share in found.shares:
        low, high = share.adapted_interval
        lines.append(
            f"{_KINDS[share.kind]:<{wide}}  {share.probes:>6}  {share.base:>5} ({share.base_percent:4.1f} %)  "
            f"{share.adapted:>5} ({share.adapted_percent:4.1f} %, {low:.1f} to {high:.1f})"
        )
    if found.recited:
        lines += ["", "literals, addresses and names that it recites:"]
        lines += [
            f"  {item.path}:{item.line}  {item.kind}  {item.shown}{'  (the base too)' if item.also_base else ''}"
            for item in found.recited
        ]
    if found.changed:
        lines += ["", f"{found.changed} files have changed since and were not asked about"]
    return "\n".join(lines)


def audit_markdown(found: Audit) -> str:
    """The same as a Markdown report."""
    rows = [
        f"| {_KINDS[s.kind]} | {s.probes} | {s.base} ({s.base_percent} %) | {s.adapted} ({s.adapted_percent} %, "
        f"{s.adapted_interval[0]} to {s.adapted_interval[1]}) | {s.base_bits} | {s.adapted_bits} |"
        for s in found.shares
    ]
    items = [
        f"| {i.path}:{i.line} | {i.kind} | `{i.shown}` | {'yes' if i.also_base else 'no'} |"
        for i in found.recited
    ]
    return "\n".join(
        [
            "# What the adapter recites",
            "",
            f"Adapter {found.adapter}, base {found.base}; {found.files} files as they were learned, "
            f"{found.changed} changed.",
            "",
            "| kind | probes | recited without | recited with (95 %) | bits a token without | with |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "## Literals, addresses and names that it recites",
            "",
            *(
                ["| place | kind | text | the base too |", "|---|---|---|---|", *items]
                if items
                else ["None."]
            ),
            "",
        ]
    )
