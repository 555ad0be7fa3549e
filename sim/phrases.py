"""What test benches print: the regular expressions of the rule `sim.verdict.PLAIN`.

A line is read in three steps. `IGNORED` takes out of it what sounds like a failure and is none: counts of zero
(``Errors: 0``, ``3 passed, 0 failed``) and all of a line that is tagged as passed (``[PASS] error flag is cleared``).
What is left is a failure when one of `FAILS` matches it. `PASSES` looks at the whole line. `GIVEN_UP` are lines of a
watchdog in the test bench.

Collected from the test benches of some 40 public repositories; `tests/sim/test_verdict.py` holds lines of that kind. It
does not know any benchmark's own rule.

Try: ``python -c "from rtlgen.sim.phrases import FAILS; print(*FAILS, sep='\\n')"``
"""

from __future__ import annotations

_BAD = r"(?:errors?(?:\(s\))?|err(?:_?cnt|_?count)?|fail(?:s|ed|ures?|ure\(s\)|ing)?|mismatch(?:es|ed)?|violations?)"
_MANY = r"(?:errors|error\(s\)|failures|failure\(s\)|mismatches|mismatch\(es\)|mismatched|violations)"
_THING = r"(?:tests?|test\(s\)|test ?cases?|cases?|checks?|vectors?|samples?|assertions?|transactions?|comparisons?)"
_BEFORE_COUNT = r"(?:^|[,;:(|=\-*/]|\band\b|\bwith\b|\bhad\b|\bhas\b|\bfound\b|\bin\b)\W*"
_AFTER_COUNT = r"(?=\s*(?:[,;.|)!*=\]/-]|$|out\b|of\b|in\b|found\b|detected\b|were\b))"
_FRACTION = (  # "Passed 3/10", "8 of 10 tests passed"; "test 3/10 passed" is no count
    r"(?:\bpass(?:ed\W{0,3}|\s*[:=]\s*)(?<!\d)(?P<n>\d+)\s*(?:/|of|out of)\s*(?!(?P=n)(?!\d))\d+"
    r"|(?<![\d#])(?<!test )(?<!case )(?<!check )(?P<m>\d+)\s*(?:/|of|out of)\s*(?!(?P=m)(?!\d))\d+"
    r"\s*(?:[\w()]+\s+){0,2}passed)"
)
_DOUBT = rf".*(?:\bfail|\bnot\b|n't\b|\berror\s*[:!]|\bmismatch|\bmostly\b|{_FRACTION})"
_LABELS = r"count|counter|cnt|number|found|detected|total|in total|\w*cases|tests?|samples?|vectors?|checks?"
_COUNT_LABEL = rf"(?:[ _]*(?:{_LABELS}))"

IGNORED: tuple[str, ...] = (
    # "0 errors", "no mismatches", "without any failures", "00 errors detected"
    rf"(?i)(?<![\w.])(?:0+|no|zero|without(?: any)?)(?:\s+{_THING})?\s+{_MANY}(?![\w(])",
    r"(?i)\bno\s+(?:errors?|failures?|mismatch(?:es)?|timeouts?|violations?)\b",
    r"(?i)\berror[- ]free\b|\bwithout (?:an )?error\b",
    # "3 PASS, 0 FAIL", "0 test(s) failed", "0/100 failures", "0 error"
    rf"(?i){_BEFORE_COUNT}0+\s*(?:/\s*\d+\s*)?(?:{_THING}\s+)?(?:have\s+|has\s+)?{_BAD}{_AFTER_COUNT}",
    # "Errors: 0 Warnings: 3", "mismatched samples is 0 out of 9", "number of errors = 0", "failures  0"
    rf"(?i)\b{_MANY}{_COUNT_LABEL}{{0,2}}\s*(?:[:=|]|is|was|are)*\s*0+(?![\w.'])",
    # "Failed: 0, passed: 8", "error count = 0", "fail_cnt=0"
    rf"(?i)\b\w*{_BAD}{_COUNT_LABEL}{{0,2}}\s*(?:\(s\))?\s*[:=|]+\s*0+(?=\s*(?:[,;.)|/*\]}}\"]|$|\w+\s*[:=]|of\b|out\b|in\b))",
    # a line tagged as passed, at its begin, after its name, or at its end
    r"(?i)^\W*\[\s*(?:PASS|PASSED|OK)\s*\].*",
    r"(?i)^\W*(?:PASS|PASSED|OK|SUCCESS)\s*[:|>-]+\s*(?![\d\s]).*",
    rf"(?i)^(?!{_DOUBT})\W*(?:PASS|PASSED)\b.*",
    rf"(?i)^(?!{_DOUBT})[^:]*[:-]\s*\[?(?:PASS|PASSED)\b.*",
    rf"(?i)^(?!{_DOUBT}).*(?:\bPASSED|[:.=>\]|_-]\s*(?:PASS|OK))[\s.!*)\]~=#-]*$",
)
"""Taken out of a line, in this order, before failures are looked for in it."""

FAILS: tuple[str, ...] = (
    r"(?i)(?<![A-Za-z])fail(?:s|ed|ure|ures|ing)?(?![A-Za-z])",
    r"(?i)(?<![A-Za-z])mismatch(?:es|ed)?(?![A-Za-z])",
    r"(?<![A-Za-z])(?:ERRORS?|FATAL)(?![A-Za-z])",
    r"(?i)^[^A-Za-z]*(?:\w+\s*)?(?<![A-Za-z])error\d*(?![A-Za-z])",
    r"(?i)(?<![A-Za-z])errors?\s*(?:\(s\))?\s*[:!]",
    r"(?i)(?<![\w.])0*[1-9]\d*\s+(?:\w+\s+)?err(?:ors?|or\(s\)|s)?(?![A-Za-z])",
    r"(?i)\b(?:\w*_)?n?err(?:or)?s?(?:[ _]?(?:count|cnt|counter|number|found|detected|total))?\s*[:=]+\s*0*[1-9]\d*\b",
    r"(?i)\b(?:did|does|do)(?: not|n't) (?:match|pass|complete successfully)\b",
    r"(?i)\bnot\s+(?:all\s+(?:\w+\s+){0,2})?(?:pass(?:ed)?|successful|successfully|correct)\b",
    r"(?i)\b(?:mostly|partly|partially|some|only)\b[\w\s]{0,20}\bpassed\b",
    r"(?i)\bincorrect\b|\bwrong\s+(?:value|result|output|data|answer)|\bviolat(?:ed|ion)\b|\bunsuccessful\b",
    rf"(?i){_FRACTION}",
)
"""A failure, in what `IGNORED` left of the line."""

PASSES: tuple[str, ...] = (
    r"(?i)(?<![A-Za-z])passed(?![A-Za-z])(?!\s*[:=|]*\s*0+(?!\d))(?<!(?<!\d)0 passed)(?<!(?<!\d)0 tests passed)",
    r"(?<![A-Za-z-])PASS(?:ES)?(?![A-Za-z-])(?!\s*[:=]\s*0+\b)(?<!(?<!\d)0 PASS)",
    r"(?<![A-Za-z-])[Pp]ass(?:es)?\s*(?:[:!.\]]|\W*$)",
    r"(?i)^\W*success(?:ful)?\s*(?:[:!]|\W*$)",
    r"(?i)\b(?:tests?|test ?bench|test ?cases?|tc|simulation|verification|checks?|cases|all)\b"
    r".*\bsucce(?:ss|ssful|ssfully|eded)\b",
    r"(?i)^\W*\[\s*ok\s*\]|^\W*(?:all\W+)?(?:is\W+)?ok\W*$|\b(?:tests?|result|status|simulation|checks?)\b.*[:=-]\s*ok\W*$",
    rf"(?i)(?<![\w.])(?:0+|no|zero|without(?: any)?)(?:\s+{_THING})?\s+{_MANY}(?![\w(])",
    r"(?i)(?<!\d)0+\s*/\s*\d+\s+(?:failures|failed|errors|mismatches)\b",
    rf"(?i)\b{_MANY}{_COUNT_LABEL}{{0,2}}\s*(?:[:=|]|is|was|are)*\s*0+(?![\w.'])",
    r"(?i)\berr(?:or)?[ _](?:count|cnt|number)\s*[:=]+\s*0+\W*$",
    r"(?i)^Mismatches: 0 in \d+ samples$",
)
"""The test bench says that the design is right."""

GIVEN_UP: tuple[str, ...] = (
    r"(?i)(?<![A-Za-z])timed[ -]?out\b|\(\s*time-?out\s*\)",
    r"(?<![A-Za-z])TIME-?OUT(?![A-Za-z])(?!\s*[=:]\s*\d)",
    r"(?i)^\W*time-?out\W*$|\btime-?out\s*(?:!|reached|expired|occurred|waiting|after\b|at\b|in\b)",
    r"(?i)\b(?:simulation|test|global|test ?bench)\s+time-?out\b(?!\s*(?:[:=]|is|set))",
    r"(?i)\bwatchdog\b.*\b(?:expired|fired|triggered|time-?out)\b|\b(?:cycle|time) limit reached\b",
)
"""The test bench gave up waiting: its own watchdog. Unless it passes afterwards: then the words were about the design."""
