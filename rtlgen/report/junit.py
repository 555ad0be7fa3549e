"""Results of `rtlgen sim` as JUnit XML, which continuous integration reads.

A test is a ``testsuite``; each seed of it is a ``testcase`` (each test function of a cocotb module, when there are any),
with seed, log, waves and replay line as properties. ``mismatch`` is a failure; everything else that is no pass is an
error of that type.

Source: the schema that Jenkins and GitLab accept (testsuites, testsuite, testcase, properties, failure, error, skipped).
"""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from rtlgen.report.simulation import relative
from rtlgen.sim.testing.cocotb_results import Part
from rtlgen.sim.testing.runs import Result
from rtlgen.sim.testing.suite import SuiteResult

_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOG_KEPT = 4000


def as_junit(result: SuiteResult) -> str:
    """The XML document."""
    root = Element("testsuites", name="rtlgen sim", time=f"{result.seconds:.3f}")
    for name in dict.fromkeys(row.test for row in result.results):
        _suite(root, name, [row for row in result.results if row.test == name], result.simulator)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(root: Element, name: str, rows: list[Result], simulator: str) -> None:
    seconds = sum(row.verdict.seconds for row in rows)
    suite = SubElement(root, "testsuite", name=_text(name), time=f"{seconds:.3f}")
    shared = SubElement(suite, "properties")
    SubElement(shared, "property", name="simulator", value=simulator)
    SubElement(shared, "property", name="top", value=_text(rows[0].top))
    for row in rows:
        if row.parts:
            for part in row.parts:
                _part(suite, row, part)
            if not any(part.kind == "mismatch" for part in row.parts) and not row.verdict.passed:
                _bad(_case(suite, row, f"seed {row.seed}", 0.0), row)
        else:
            case = _case(suite, row, f"seed {row.seed}", row.verdict.seconds)
            if not row.verdict.passed:
                _bad(case, row)
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(tag) is not None for case in cases)))


def _case(suite: Element, row: Result, name: str, seconds: float, kind: str = "") -> Element:
    case = SubElement(suite, "testcase", classname=_text(row.test), name=_text(name), time=f"{seconds:.3f}")
    verdict = row.verdict
    properties = SubElement(case, "properties")
    shown = {
        "seed": str(row.seed),
        "verdict": kind or verdict.kind,
        "log": relative(verdict.log_path) if verdict.log_path else "",
        "waves": relative(verdict.waves) if verdict.waves else "",
        "replay": verdict.replay,
    }
    for key, value in shown.items():
        if value:
            SubElement(properties, "property", name=key, value=_text(value))
    return case


def _part(suite: Element, row: Result, part: Part) -> None:
    case = _case(suite, row, f"{part.name} seed {row.seed}", part.seconds, part.kind)
    if part.kind == "skip":
        SubElement(case, "skipped")
    elif part.kind == "mismatch":
        where = f" ({part.where})" if part.where else ""
        bad = SubElement(case, "failure", type="mismatch", message=_text(part.reason))
        bad.text = _text(f"{part.reason}{where}\nreplay: {row.verdict.replay}")


def _bad(case: Element, row: Result) -> None:
    verdict = row.verdict
    tag = "failure" if verdict.kind == "mismatch" else "error"
    bad = SubElement(case, tag, type=verdict.kind, message=_text(verdict.reason))
    lines = [verdict.first] if verdict.first else []
    lines += [f"replay: {verdict.replay}"] if verdict.replay else []
    bad.text = _text("\n".join([*lines, verdict.log[-_LOG_KEPT:]]))


def _text(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
