"""The table of every setting: its type, default, allowed values and one line of help.

The table is the only place where settings are defined: `settings.py` checks values against it, `rtlgen
config keys` prints it, and ``docs/settings.md`` is rendered from it by `markdown`. It reads no file and no
environment.

Try: ``rtlgen config keys``
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from rtlgen.core.errors import UsageError

Value = str | int | float | bool | list[str] | None
"""The type of a setting's value."""


@dataclass(frozen=True)
class Key:
    """One setting, ``section.name``; `type` as documented: ``int``, ``str | None``, ``list[str]``, ..."""

    name: str
    type: str
    default: str | int | float | bool | tuple[str, ...] | None
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    path: bool = False
    """The value names files or folders: relative ones stand against the folder of the settings file."""

    @property
    def env(self) -> str:
        """The environment variable of the setting, e.g. ``RTLGEN_MODEL_PATH``."""
        return "RTLGEN_" + self.name.replace(".", "_").upper()

    @property
    def rule(self) -> str:
        """The bounds or choices as a clause for a line of documentation, empty when there are none."""
        if self.choices:
            return f" ({', '.join(f'`{choice}`' for choice in self.choices)})"
        if self.minimum is not None and self.maximum is not None:
            return f" (from {self.minimum:.10g} to {self.maximum:.10g})"
        return f" (at least {self.minimum:.10g})" if self.minimum is not None else ""

    @property
    def initial(self) -> Value:
        """The default, lists as a fresh list."""
        return list(self.default) if isinstance(self.default, tuple) else self.default


SOURCES = ("graph", "bm25", "dense", "continuation")
MODES = ("line", "block", "module")
SIMULATORS = ("icarus", "verilator")
SPLITTERS = ("both", "lines", "blocks", "items")
WAVES = ("always", "fail", "never")
WAVE_FORMATS = ("vcd", "fst")
OBJECTIVES = ("product", "area", "delay")
ACTIONS = ("published", "all")

_TABLE = (
    Key(
        "project.filelists",
        "list[str]",
        (),
        "`.f` lists of the build; `-F LIST` reads entries relative to LIST",
        path=True,
    ),
    Key("project.top", "str | None", None, "top module of the build"),
    Key(
        "project.include_dirs",
        "list[str]",
        (),
        "include folders beside those of lists and discovery",
        path=True,
    ),
    Key("project.defines", "list[str]", (), "macros, `NAME` or `NAME=VALUE`"),
    Key("project.exclude", "list[str]", (), "files left out, in gitignore syntax against the root"),
    Key("project.max_file_kb", "int", 1000, "discovery leaves out bigger files (kB)", minimum=1),
    Key("project.symlinks", "bool", False, "discovery follows links that leave the root"),
    Key("retrieval.libraries", "list[str]", (), "further repositories to retrieve from", path=True),
    Key("retrieval.window_lines", "int", 32, "lines of a window chunk", minimum=2, maximum=1000),
    Key("retrieval.window_overlap", "int", 8, "lines two windows share", minimum=0, maximum=999),
    Key("retrieval.item_max_lines", "int", 64, "longest module item kept as one chunk (lines)", minimum=2),
    Key("retrieval.splitter", "str", "both", "how files are cut", choices=SPLITTERS),
    Key(
        "retrieval.embedder",
        "str",
        "builtin",
        "`builtin`, `hashed`, or the folder of a trained or a sentence-transformers model",
    ),
    Key("retrieval.hits", "int", 12, "hits retrieved for a prompt", minimum=0, maximum=1000),
    Key("retrieval.sources", "list[str]", SOURCES, "sources that are fused", choices=SOURCES),
    Key("model.path", "str", "default", "`default`, or the folder or hub id of a causal language model"),
    Key(
        "model.adapter",
        "str",
        "auto",
        "folder of a LoRA adapter; `auto`: what `rtlgen train` kept for the project; `off`: none",
        path=True,
    ),
    Key(
        "model.endpoint",
        "str | None",
        None,
        "base URL of an OpenAI-compatible server, used instead of a local model",
    ),
    Key("model.endpoint_model", "str | None", None, "model name sent to the endpoint"),
    Key("model.api_key_env", "str", "RTLGEN_API_KEY", "environment variable that holds the endpoint's key"),
    Key(
        "model.context_tokens",
        "int",
        0,
        "prompt budget (tokens); 0: what the model was trained on, 4096 for others",
        minimum=0,
    ),
    Key("model.threads", "int", 1, "CPU threads of the model", minimum=1, maximum=1024),
    Key("complete.n", "int", 3, "candidates printed", minimum=1, maximum=100),
    Key(
        "complete.min_confidence",
        "float",
        0.0,
        "least probability of the best candidate; below it nothing is shown",
        minimum=0.0,
        maximum=1.0,
    ),
    Key("complete.mode", "str", "line", "how much is completed", choices=MODES),
    Key("complete.temperature", "float", 0.0, "sampling temperature, 0 is greedy", minimum=0.0, maximum=5.0),
    Key("complete.top_p", "float", 0.95, "nucleus of the sampling distribution", minimum=0.01, maximum=1.0),
    Key("complete.seed", "int", 0, "seed of the sampling", minimum=0, maximum=2**32 - 1),
    Key("complete.max_new_tokens", "int", 256, "longest completion (tokens)", minimum=1, maximum=100_000),
    Key("generate.n", "int", 8, "answers to a specification", minimum=1, maximum=1000),
    Key("generate.temperature", "float", 0.8, "sampling temperature, 0 is greedy", minimum=0.0, maximum=5.0),
    Key("generate.top_p", "float", 0.95, "nucleus of the sampling distribution", minimum=0.01, maximum=1.0),
    Key("generate.max_new_tokens", "int", 1024, "longest answer (tokens)", minimum=1, maximum=100_000),
    Key("generate.seed", "int", 0, "seed of sampling and shared stimulus", minimum=0, maximum=2**32 - 1),
    Key(
        "sim.tests",
        "list[str]",
        (),
        "tests that `rtlgen sim` runs when none is named: files, folders, patterns",
    ),
    Key("sim.simulator", "str", "icarus", "simulator", choices=SIMULATORS),
    Key("sim.seed", "int", 1, "first seed", minimum=1, maximum=2**31 - 1),
    Key("sim.seeds", "int", 1, "seeds for each test: N, N + 1, ...", minimum=1, maximum=1_000_000),
    Key("sim.jobs", "int", 0, "simulations at a time; 0: one for each core", minimum=0, maximum=1024),
    Key("sim.timeout_s", "float", 60.0, "wall time of one simulation (s)", minimum=0.1, maximum=1e6),
    Key("sim.waves", "str", "fail", "waves of which runs; `fail` repeats a failed one", choices=WAVES),
    Key("sim.wave_format", "str", "vcd", "format of wave files", choices=WAVE_FORMATS),
    Key(
        "sim.python_path",
        "list[str]",
        (),
        "folders that cocotb modules import from, beside their own and the environment's packages",
        path=True,
    ),
    Key("synth.liberty", "list[str]", (), "liberty files of the target, merged in their order", path=True),
    Key("synth.lut", "int | None", None, "map to LUTs with so many inputs", minimum=2, maximum=8),
    Key("synth.strategy", "str", "portfolio", "strategy of the recipe search"),
    Key("synth.budget", "int", 100, "recipes that a search scores", minimum=1, maximum=1_000_000),
    Key("synth.objective", "str", "product", "what is made smaller", choices=OBJECTIVES),
    Key("synth.max_delay", "float | None", None, "bound on the delay (ps; levels of LUTs)", minimum=1e-6),
    Key("synth.seed", "int", 0, "seed of the search", minimum=0, maximum=2**32 - 1),
    Key("synth.jobs", "int", 0, "ABC processes at a time; 0: one for each core", minimum=0, maximum=256),
    Key(
        "synth.length",
        "int",
        10,
        "most commands of a recipe of the published actions",
        minimum=1,
        maximum=100,
    ),
    Key("synth.actions", "str", "all", "commands that a search may use", choices=ACTIONS),
    Key("synth.timeout_s", "float", 60.0, "wall time of one command of ABC (s)", minimum=0.1, maximum=1e6),
    Key("synth.memory", "bool", True, "searches learn from earlier ones and add to them"),
    Key(
        "store.dir",
        "str | None",
        None,
        "folder of index, cache and runs; default `.rtlgen` in the root",
        path=True,
    ),
)

KEYS: Mapping[str, Key] = {key.name: key for key in _TABLE}
"""Every setting by name, in the order of the documentation."""

SECTIONS = tuple(dict.fromkeys(name.split(".")[0] for name in KEYS))

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def did_you_mean(word: str, known: list[str]) -> str:
    """``; did you mean "x"?`` for the nearest of `known` names, else an empty string."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f'; did you mean "{near[0]}"?' if near else ""


def unknown_key(name: str, where: str | None) -> UsageError:
    """The error for a setting that does not exist, with the nearest one that does."""
    section, _, rest = name.partition(".")
    same = [key for key in KEYS if key.startswith(section + ".")]
    near = difflib.get_close_matches(name, list(KEYS), n=1, cutoff=0.6)
    if not near and same and rest:
        near = difflib.get_close_matches(name, same, n=1, cutoff=0.0)
    if not near:
        near = [key for key in KEYS if key.endswith("." + name)][:1]
    suggestion = f'; did you mean "{near[0]}"?' if near else ""
    return UsageError(
        f'unknown setting "{name}"{suggestion}', where=where, hint="list them: rtlgen config keys"
    )


def checked(key: Key, value: object, where: str) -> Value:
    """`value` as the type of `key`; `where` names its origin in the error.

    Raises UsageError when the type, a choice or a bound does not hold.
    """
    optional = key.type.endswith("| None")
    if value is None and optional:
        return None
    base = key.type.removesuffix(" | None")
    result = _of_type(key, base, value, where)
    for item in result if isinstance(result, list) else [result]:
        if key.choices and item not in key.choices:
            near = did_you_mean(str(item), list(key.choices))
            raise _wrong(key, f"one of {', '.join(key.choices)}{near}", item, where)
    if isinstance(result, int | float) and not isinstance(result, bool):
        low, high = key.minimum, key.maximum
        if result != result or (low is not None and result < low) or (high is not None and result > high):
            bounds = f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
            raise _wrong(key, bounds, value, where)
    return result


def _of_type(key: Key, base: str, value: object, where: str) -> Value:
    """`value` when it has the documented type `base` (an int passes for a float), else UsageError."""
    if base == "bool" and isinstance(value, bool):
        return value
    if base == "int" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if base == "float" and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if base == "str" and isinstance(value, str):
        return value
    if (
        base == "list[str]"
        and isinstance(value, list | tuple)
        and all(isinstance(item, str) for item in value)
    ):
        return [str(item) for item in value]
    article = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
    raise _wrong(key, article.get(base, "a list of texts"), value, where)


def _wrong(key: Key, rule: str, value: object, where: str) -> UsageError:
    return UsageError(
        f"{key.name} must be {rule}, not {value!r}", where=where, hint="list them: rtlgen config keys"
    )


def from_text(key: Key, text: str, where: str) -> Value:
    """The value of an environment variable: lists have commas, empty is None for optional keys."""
    base = key.type.removesuffix(" | None")
    if not text and key.type.endswith("| None"):
        return None
    value: object = text
    if base == "list[str]":
        value = [part.strip() for part in text.split(",") if part.strip()]
    elif base == "bool" and text.lower() in TRUE | FALSE:
        value = text.lower() in TRUE
    elif base in ("int", "float"):
        with contextlib.suppress(ValueError):
            value = int(text) if base == "int" else float(text)
    return checked(key, value, where)


def shown(value: Value) -> str:
    """A value as it is written in TOML; ``(none)`` when there is none."""
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def markdown() -> str:
    """The text of ``docs/settings.md``; written by ``rtlgen config keys --markdown``."""
    lines = [_HEAD]
    for section in SECTIONS:
        lines += [f"## [{section}]", "", "| setting | type | default | meaning |", "|---|---|---|---|"]
        for key in KEYS.values():
            if key.name.startswith(section + "."):
                name = key.name.split(".")[1]
                type_text = key.type.replace("|", "\\|")
                lines.append(f"| `{name}` | {type_text} | `{shown(key.initial)}` | {key.help}{key.rule} |")
        lines.append("")
    lines.append(_FOOT)
    return "\n".join(lines)


_HEAD = """# Settings

rtlgen works without a settings file. Values come, later ones winning, from

1. the defaults below,
2. `[tool.rtlgen.SECTION]` in `pyproject.toml`, then `[SECTION]` in `rtlgen.toml`, in the root of the project,
3. the environment: `RTLGEN_SECTION_NAME`, lists separated by commas, e.g. `RTLGEN_COMPLETE_N=5`,
4. the flags of a command.

`rtlgen config show` prints every value with its origin. An unknown section or setting is an error that names
the nearest known one, so that a typing error never goes unnoticed. Relative paths in a settings file stand
against the folder of that file; in the environment and in flags, against the working folder.

```toml
# rtlgen.toml
[project]
filelists = ["rtl/soc.f"]
top = "soc"

[retrieval]
libraries = ["../ip"]
```
"""

_FOOT = """## Other environment variables

| variable | meaning |
|---|---|
| `RTLGEN_IVERILOG`, `RTLGEN_VVP`, `RTLGEN_VERILATOR` | path of the simulator to use |
| `RTLGEN_YOSYS_ABC`, `RTLGEN_BWRAP`, `RTLGEN_GIT` | path of the program to use |
| `RTLGEN_API_KEY` | key of the endpoint (another variable can be named by `model.api_key_env`) |
| `RTLGEN_DATA` | folder of the benchmark data |
| `NO_COLOR` | no colour in any output |
"""
