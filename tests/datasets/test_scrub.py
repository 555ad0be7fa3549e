"""Personal data and secrets go, code stays; what went is counted by kind."""

from __future__ import annotations

import pytest

from rtlgen.datasets.scrub import scrub, scrub_counted

# put together here so that no scanner takes this file for a leak
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
JWT = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkw." + "dozjgNryP4J3jVmNHl0w5N"
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nqwerty==\n-----END RSA " + "PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "expected", "kind"),
    [
        ("// mail jane.doe+rtl@corp.example.org now", "// mail user@example.com now", "e-mail address"),
        ("// Author: Jane Doe", "// Author: the authors", "name"),
        ("// Engineer:    Jürgen Müller-Lüdenscheidt", "// Engineer:    the authors", "name"),
        (" * @author J. R. Hacker", " * @author the authors", "name"),
        ("/* Created by Jane Doe on 2020-01-02 */", "/* Created by the authors on 2020-01-02 */", "name"),
        (
            "// Copyright (c) 2019, 2021 Jane Doe. All rights reserved.",
            "// Copyright (c) 2019, 2021 the authors",
            "name",
        ),
        ("// - Jane van Doe <jane@x.org>", "// - the authors <user@example.com>", "name"),
        (
            "// Authors:\n// - Jane Doe\n// - J. Hacker\n",
            "// Authors:\n// - the authors\n// - the authors\n",
            "name",
        ),
        ("// By Jane Doe", "// By the authors", "name"),
        ('`include "/home/jane/rtl/a.vh"', '`include "/home/user/rtl/a.vh"', "home folder"),
        (r"// C:\Users\Jane\proj", r"// C:\Users\user\proj", "home folder"),
        (
            "// see https://bob:hunter2@git.example.com/x",
            "// see https://git.example.com/x",
            "credentials in a URL",
        ),
        (f"// key {AWS}", "// key TOKEN", "token"),
        (f'localparam T = "{GITHUB}";', 'localparam T = "TOKEN";', "token"),
        (f"// {JWT}", "// TOKEN", "token"),
        ('string password = "tr0ub4dor&3";', 'string password = "PASSWORD";', "password"),
        (f"/* {KEY} */", "/* PRIVATE-KEY */", "private key"),
    ],
)
def test_taken_out_and_counted(text: str, expected: str, kind: str) -> None:
    scrubbed, counts = scrub_counted(text)
    assert scrubbed == expected
    assert counts[kind] == 1, counts
    assert scrub_counted(scrubbed)[0] == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "assign author = owner;",
        "// driven by AXI master, clocked by CLK",
        "// Modified by the bus",
        "// the owner of the lock: index i",
        "reg [7:0] password; always @(posedge clk) password <= 8'h5a;",
        "// see https://example.com/a:b",
        "// Engineer:",
        "a @(posedge clk) b;",
        "localparam KEY = 128'h2b7e151628aed2a6abf7158809cf4f3c;",
        "// Copyright",
    ],
)
def test_code_and_prose_stay(text: str) -> None:
    assert scrub_counted(text) == (text, {})


def test_line_ends_and_trailing_blanks() -> None:
    assert scrub("module a; \t\r\n  wire b;\rendmodule") == "module a;\n  wire b;\nendmodule"
