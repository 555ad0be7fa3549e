"""Licences: the file's own word first, then the nearest licence file; copyleft and unknown stay out."""

from __future__ import annotations

import pytest

from rtlgen.datasets.licence import RepositoryLicences, header_of, licence_of_text, strip_licence_header

MIT = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy"
GPL = (
    "This program is free software; you can redistribute it under the terms of the GNU General Public License"
)
APACHE = 'Licensed under the Apache License, Version 2.0 (the "License")'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT, "MIT"),
        (APACHE, "Apache-2.0"),
        ("// Licensed under the\n//  Apache License, Version\n// 2.0", "Apache-2.0"),
        ("Solderpad Hardware License v 0.51, may not be copied", "Solderpad"),
        ("Redistribution and use in source and binary forms, with or without", "BSD-2-Clause"),
        ("Permission to use, copy, modify, and/or distribute this software", "ISC"),
        (GPL, "restricted"),
        ("This file contains confidential and proprietary information of Some Inc.", "restricted"),
        (MIT + "\nportions under the GNU Lesser General Public License", "restricted"),
        ("All rights reserved.", "unknown"),
        ("", "unknown"),
        ("// SPDX-License-Identifier: Apache-2.0", "Apache-2.0"),
        ("// SPDX-License-Identifier: GPL-2.0-only OR MIT", "MIT"),
        ("// SPDX-License-Identifier: Apache-2.0 AND GPL-3.0", "restricted"),
        ("// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1", "Apache-2.0"),
        ("// SPDX-License-Identifier: CERN-OHL-S-2.0", "restricted"),
        ("// SPDX-License-Identifier: CERN-OHL-P-2.0", "CERN-OHL-P-2.0"),
        ("CERN Open Hardware Licence Version 2 - Permissive", "CERN-OHL-P-2.0"),
        ("CERN Open Hardware Licence Version 2 - Weakly Reciprocal", "restricted"),
        ("Boost Software License - Version 1.0\nPermission is hereby granted, free of charge,", "BSL-1.0"),
        (
            "Redistribution and use in source and binary forms\n3. Neither the name of the holder",
            "BSD-3-Clause",
        ),
        ("BSD 2-Clause License", "BSD-2-Clause"),
        (
            "Your use of Altera Corporation's design tools is subject to the Altera Program License",
            "restricted",
        ),
        (MIT + "\nfor non-commercial use", "restricted"),
        ("CC BY-SA 4.0", "restricted"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    assert licence_of_text(text) == expected


def test_the_header_of_a_file_overrules_and_the_nearest_folder_rules() -> None:
    licences = RepositoryLicences({"LICENSE": MIT, "ip/vendor/COPYING": GPL})
    assert licences.of("rtl/a.v", "module a; endmodule") == "MIT"
    assert licences.of("ip/vendor/b.v", "module b; endmodule") == "restricted"
    assert licences.of("ip/vendor/c.v", f"// {APACHE}\nmodule c; endmodule") == "Apache-2.0"
    assert licences.of("rtl/d.v", f"/* {GPL} */\nmodule d; endmodule") == "restricted"
    assert RepositoryLicences({}).of("a.v", "module a; endmodule") == "unknown"


def test_a_licence_behind_directives_or_further_down_is_seen() -> None:
    licences = RepositoryLicences({"LICENSE": MIT})
    late = f"`timescale 1ns / 1ps\n`default_nettype none\n/* {GPL} */\nmodule a; endmodule"
    assert licences.of("a.v", late) == "restricted"
    assert licences.of(
        "b.v", "module b; endmodule\n// the following is under the GNU Lesser General Public License"
    ) == ("restricted")
    assert licences.of("c.v", f"`timescale 1ns/1ps\n// {APACHE}\nmodule c; endmodule") == "Apache-2.0"
    assert strip_licence_header(late) == "`timescale 1ns / 1ps\n`default_nettype none\nmodule a; endmodule"
    assert licences.of("d.v", "/*" + "x " * 5000 + f"{GPL} */ module d; endmodule") == "restricted"


def test_only_a_leading_licence_comment_is_stripped() -> None:
    body = "module a;\n// Copyright in a name is no header\nendmodule\n"
    assert strip_licence_header(f"// Copyright 2020 X\n// Licensed under MIT\n\n{body}") == body
    assert strip_licence_header(f"// a counter\n{body}") == f"// a counter\n{body}"
    assert header_of("/* one */\n// two\nmodule") == "/* one */\n// two\n"
