"""What papers report for recipe search on this protocol: percent reduction of the area-delay product against resyn2.

They were measured under another library (a 7 nm one that is not published) and on the twelve MCNC circuits of ABC-RL's
test split, so they cannot be compared with a measurement here in the absolute, only the order of methods and the sizes
of the gaps between them. A figure of a single circuit is shown beside a measured one only where the circuit is the same.

Source: SeeA* (NeurIPS 2024), tables 2 and 6; its columns C1..C12 are taken to be in the order of ABC-RL's split.
Try: ``python -c "from rtlgen.evaluate.recipes_published import ROWS; print(ROWS[0])"``
"""

from __future__ import annotations

from dataclasses import dataclass

SIZES: dict[str, tuple[int, int]] = {
    "alu4": (735, 42),
    "apex1": (2655, 27),
    "apex2": (445, 29),
    "apex4": (3452, 21),
    "b9": (105, 10),
    "c880": (327, 24),
    "c7552": (2074, 29),
    "i9": (889, 14),
    "m4": (760, 14),
    "pair": (1500, 24),
    "max1024": (1021, 20),
    "prom1": (7803, 24),
}
"""Circuit -> AND nodes and levels, in the order of the columns."""


@dataclass(frozen=True)
class PublishedRow:
    """One method: percent for each of `SIZES` in its order (none where only the mean is published), and their mean."""

    method: str
    mean: float
    percent: tuple[float, ...] = ()

    def of(self, circuit: str, nodes: int, levels: int) -> float | None:
        """Percent on a circuit, None when it is none of the published ones (by name and size) or not reported."""
        if not self.percent or SIZES.get(circuit) != (nodes, levels):
            return None
        return self.percent[list(SIZES).index(circuit)]


ROWS = (
    PublishedRow("DRiLLS", 14.8, (18.9, 6.7, 8.0, 13.0, 38.4, 19.1, 5.4, 18.0, 14.3, 18.6, 6.6, 11.0)),
    PublishedRow("Online-RL", 15.4, (20.6, 6.6, 8.1, 13.5, 39.4, 21.0, 5.0, 17.9, 16.2, 20.2, 4.7, 11.4)),
    PublishedRow("PHS", 15.9),
    PublishedRow("MCTS", 18.5, (17.1, 15.9, 13.1, 13.0, 46.9, 14.9, 6.5, 23.2, 17.7, 20.5, 13.1, 19.7)),
    PublishedRow("SA+Pred", 19.0, (17.6, 17.0, 15.6, 13.0, 46.5, 18.2, 8.5, 23.6, 19.9, 17.6, 10.0, 20.3)),
    PublishedRow("A*", 19.5),
    PublishedRow("PV-MCTS", 19.5),
    PublishedRow("eps-greedy", 20.6),
    PublishedRow("ABC-RL", 20.9, (19.9, 19.6, 16.8, 15.0, 46.9, 19.1, 12.1, 24.3, 21.3, 21.1, 13.6, 21.6)),
    PublishedRow("SeeA* (uniform)", 21.6),
    PublishedRow("SeeA* (UCT)", 22.5),
    PublishedRow(
        "SeeA* (cluster)", 23.5, (23.2, 20.8, 22.7, 16.2, 45.9, 22.6, 13.4, 24.8, 22.4, 24.2, 20.3, 25.1)
    ),
)
"""Lowest mean first."""
