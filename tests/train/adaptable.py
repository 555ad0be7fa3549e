"""A small repository and a small untrained model that adapt in seconds."""

from __future__ import annotations

from pathlib import Path

from rtlgen.model.network import Network, NetworkConfig, save_network
from rtlgen.model.tokenizer import train_tokenizer

WORDS = ("alpha", "beta", "gamma", "delta", "kappa", "omega", "sigma", "theta", "zeta", "iota", "rho", "tau")


def source(number: int) -> str:
    """One hand-written looking file, its names its own."""
    name = WORDS[number % len(WORDS)]
    other = WORDS[(number + 3) % len(WORDS)]
    head = (
        f"module {name}_{number} (\n  input wire clk,\n  input wire rst,\n  output reg [7:0] {name}_q\n);\n"
    )
    body = []
    for step in range(8 + number % 5):
        body += [
            f"  reg [{step + number}:0] {name}_{step};",
            f"  wire {other}_{step} = {name}_{step} ^ {number * 7 + step};",
            "  always @(posedge clk) begin",
            f"    if (rst) {name}_{step} <= {step + 3}'d{number};",
            f"    else {name}_{step} <= {name}_{step} + {other}_{step};",
            "  end",
        ]
    return head + "\n".join(body) + f"\n  assign {name}_q = {name}_0;\nendmodule\n"


def make_repository(root: Path, files: int = 14) -> Path:
    """Write `files` Verilog files into `root`."""
    for number in range(files):
        path = root / ("rtl" if number % 2 else "lib") / f"{WORDS[number % len(WORDS)]}_{number}.v"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source(number))
    return root


def make_model(folder: Path, seed: int = 1, width: int = 32) -> Path:
    """Write an untrained model of rtlgen's own kind into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    train_tokenizer([source(number) for number in range(14)], 400).save(str(folder / "tokenizer.json"))
    network = Network(
        NetworkConfig(
            vocab_size=400,
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=1024,
            trained_context=384,
        )
    )
    network.initialise(seed)
    save_network(network, folder)
    return folder
