"""The search with everything that ABC has: which engine and which mapping suit this circuit, then refined.

A recipe is a sequence of engines (`wide_engines`) from AIG to AIG, which is free, and a tail (`wide_tails`) that maps,
buffers and sizes, which is what the budget counts. A Gaussian process over pairs of AIG and tail (`wide_guess`) begins
with what training circuits taught about tails and sizes, and learns from every score. In each round the pairs with the
highest expected improvement are scored; then promising AIGs are taken further by engines that did well on this circuit
(`wide_pool`). In between, the sizes of the best recipes are traded against delay.

Everything is drawn from the tracker's chance; nothing depends on clocks or on how many processes compute. Big circuits
get fewer and cheaper engines by their number of AND nodes.

Source: Bayesian optimisation over pairs: Krause and Ong 2011 (contextual GP bandits); expected improvement: Jones et al.
1998. Ours: the tail as a second factor, free AIG transitions as a screen. See docs/algorithms/wide.md.
Try: ``rtlgen synth examples/soc --top soc --recipe-search``
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rtlgen.synth.qor import Objective, QoR
from rtlgen.synth.recipe import Recipe
from rtlgen.synth.search.screen import expected_improvement
from rtlgen.synth.search.seeds import shipped
from rtlgen.synth.search.tracker import Tracker
from rtlgen.synth.search.wide_engines import suited
from rtlgen.synth.search.wide_guess import Guess
from rtlgen.synth.search.wide_pool import Groups, Pool
from rtlgen.synth.search.wide_tails import Tail, cells, likeness, luts

WORST = 1.5
"""Logarithm of the value against the baseline's that stands for what failed, and for all that is worse."""
LATE = 3.0
"""How much more a logarithm of lateness counts than one of the value, under a bound on the delay."""


@dataclass(frozen=True)
class Plan:
    """How much is walked, and how it is spread. The figures were chosen on training circuits."""

    probes: float = 0.12
    """Share of the budget for one tail of each kind, before the surrogate chooses."""
    batch: int = 2
    """Pairs scored in a round, at the same time."""
    grow: int = 14
    """Most recipes walked in a round."""
    work: int = 9000
    """Recipes walked in a round times AND nodes of the circuit, at most; one is always walked."""
    spread: float = 5.0
    """Mean rank of the AIGs that are taken further."""
    watched: int = 600
    """Pairs whose improvement is computed in a round."""
    sizes: tuple[float, ...] = (1.02, 1.05)
    """Delays, as multiples of the best recipe's, that its sizes are recovered down to."""
    every: int = 10
    """Rounds after which the sizes of a new best are tried."""
    last: float = 0.08
    """Share of the budget that is left when the sizes of the best three are tried."""
    idle: int = 30
    """Rounds without a score after which the search ends."""


def run(tracker: Tracker) -> None:
    """Search until the budget is spent, or nothing new is found."""
    Search(tracker, Plan()).run()


class Search:
    """One wide search."""

    def __init__(self, tracker: Tracker, plan: Plan) -> None:
        explorer = tracker.explorer
        nodes, _ = explorer.stats(explorer.root)
        lut = tracker.target.lut
        self._tracker, self._plan = tracker, plan
        self._plain = Objective(tracker.objective.name)
        self._tails: list[Tail] = cells(nodes) if lut is None else luts(lut, nodes)
        engines = suited(nodes, cells=lut is None, inputs=explorer.circuit.inputs, lut=lut or 6)
        self._pool = Pool(tracker, engines)
        self._grow = max(1, min(plan.grow, plan.work // max(1, nodes)))
        self._firsts = max(3, round(40_000 / max(1, nodes)))
        self._sized: set[tuple[int, int]] = set()
        self._asked: set[tuple[int, int]] = set()

    def run(self) -> None:
        """Rounds of scoring and of growing."""
        plan, idle, rounds = self._plan, 0, 0
        self._begin()
        self._probe()
        while idle < plan.idle:
            chosen = self._choose(plan.batch)
            if chosen:
                self._score(chosen)
                idle = 0
            else:
                idle += 1
            rounds += 1
            if self._tracker.left <= plan.last * self._tracker.budget:
                self._size(3)
            elif rounds % plan.every == 0:
                self._size(1)
            self._extend()

    def _begin(self) -> None:
        lesson, tracker, pool = shipped(), self._tracker, self._pool
        firsts: list[Groups] = pool.firsts()
        taught = lesson.usable(tracker.actions, tracker.length)[: min(8, self._firsts // 4)]
        firsts += [tuple((step,) for step in steps) for steps in taught]
        pool.reach(firsts[: self._firsts + 1])
        usual = np.array([self._expected(tail) for tail in self._tails])
        root = pool.places[0].structure
        self._guess = Guess(lesson.prior(self._plain.name), root, usual, likeness(self._tails))
        self._guess.add([place.structure for place in pool.places])

    def _probe(self) -> None:
        """Score the usually best tail of each kind, on the AIGs that look best by their size."""
        usual = [self._expected(tail) for tail in self._tails]
        best: dict[tuple[str, str], int] = {}
        for number in sorted(range(len(usual)), key=lambda number: (usual[number], number)):
            best.setdefault(self._tails[number].kind, number)
        order = np.argsort(np.round(self._guess.means().min(axis=1), 9), kind="stable")[:3]
        room = round(self._plan.probes * self._tracker.budget)
        pairs = [(int(order[at % len(order)]), tail) for at, tail in enumerate(list(best.values())[:room])]
        for at in range(0, len(pairs), self._plan.batch):
            self._score(pairs[at : at + self._plan.batch])

    def _expected(self, tail: Tail) -> float:
        """What the tail usually does to the value, and to a bound on the delay that resyn2 misses or keeps."""
        bound, usual = self._tracker.objective.max_delay, tail.expected(self._plain)
        if bound is None or self._tracker.baseline.delay <= 0:
            return usual
        late = math.log(self._tracker.baseline.delay / bound) + tail.expected(Objective("delay"))
        return usual + LATE * max(0.0, late)

    def _choose(self, count: int) -> list[tuple[int, int]]:
        """The pairs with the highest expected improvement, each with another AIG."""
        means = self._guess.means()
        for pair in self._asked:
            means[pair] = np.inf
        flat = np.argsort(np.round(means, 9), axis=None, kind="stable")[: self._plan.watched]
        pairs = [divmod(int(number), means.shape[1]) for number in flat]
        pairs = [pair for pair in pairs if math.isfinite(means[pair])]
        if not pairs:
            return []
        best = min(self._guess.values, default=0.0)
        gain = expected_improvement(
            np.array([means[pair] for pair in pairs]), self._guess.spreads(pairs), best
        )
        chosen: list[tuple[int, int]] = []
        for number in np.argsort(-np.round(gain, 12), kind="stable"):
            pair = pairs[int(number)]
            if all(pair[0] != other[0] and pair[1] != other[1] for other in chosen):
                chosen.append(pair)
            if len(chosen) == count:
                break
        return chosen

    def _score(self, pairs: list[tuple[int, int]]) -> None:
        recipes = [(*self._pool.places[state].steps, *self._tails[tail].steps) for state, tail in pairs]
        self._asked.update(pairs)
        self._tracker.values(recipes)
        for pair, recipe in zip(pairs, recipes, strict=True):
            self._guess.score(*pair, self._value(self._tracker.qor(Recipe(recipe))))
        self._guess.fit()

    def _extend(self) -> None:
        """Take promising AIGs further."""
        means = self._guess.means().min(axis=1)
        order = [int(number) for number in np.argsort(np.round(means, 9), kind="stable")]
        fresh = self._pool.reach(self._pool.next(order, self._grow, self._plan.spread))
        self._guess.add([self._pool.places[number].structure for number in fresh])
        if not fresh:
            return
        means = self._guess.means().min(axis=1)
        bar = float(np.sort(means)[min(len(means) - 1, 10)])
        for number in fresh:
            self._pool.credit(self._pool.places[number].groups, bool(means[number] <= bar))

    def _size(self, count: int) -> None:
        """Trade area against delay in the best recipes: their sizes recovered down to a longer delay."""
        guess, tracker = self._guess, self._tracker
        if tracker.target.lut is not None:
            return
        bound = tracker.objective.max_delay
        for number in np.argsort(np.round(guess.values, 12), kind="stable")[:count]:
            pair = guess.pairs[int(number)]
            steps, tail = self._pool.places[pair[0]].steps, self._tails[pair[1]]
            qor = tracker.qor(Recipe((*steps, *tail.steps)))
            if pair in self._sized or qor is None:
                continue
            self._sized.add(pair)
            delays = [bound] if bound is not None else [qor.delay * share for share in self._plan.sizes]
            sized = dict.fromkeys(tail.sized(delay) for delay in delays)
            tracker.values([(*steps, *each.steps) for each in sized if each != tail])

    def _value(self, qor: QoR | None) -> float:
        """The logarithm of the value against the baseline's, and of the lateness under a bound."""
        if qor is None:
            return WORST
        value, base = self._plain.value(qor), self._plain.value(self._tracker.baseline)
        if value <= 0 or base <= 0:
            return 0.0
        bound = self._tracker.objective.max_delay
        late = 0.0 if bound is None or qor.delay <= 0 else LATE * max(0.0, math.log(qor.delay / bound))
        return min(WORST, math.log(value / base) + late)
