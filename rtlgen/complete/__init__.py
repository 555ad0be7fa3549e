"""Completion: retrieve, pack, decode, check, rank.

`complete` serves the command line and servers; `engine.Engine` keeps what is worth keeping between calls (model, index,
checker). `line` proposes and ranks single lines, `block` chains them, `checked` judges them in the user's build.
"""

from rtlgen.complete.engine import Engine, complete
from rtlgen.complete.request import CompletionRequest, CompletionResult
from rtlgen.complete.unit import complete_in_unit
from rtlgen.model.chosen import load_model

__all__ = ["CompletionRequest", "CompletionResult", "Engine", "complete", "complete_in_unit", "load_model"]
