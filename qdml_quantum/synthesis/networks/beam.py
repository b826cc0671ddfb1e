"""Beam search for networks: every state of the beam is a set of parities and the terms left."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from qdml_quantum.synthesis.networks.kernels.bits import Array
from qdml_quantum.synthesis.networks.kernels.moves import breed, replay
from qdml_quantum.synthesis.networks.kernels.states import Prices, Rules, States, ending, farthest
from qdml_quantum.synthesis.networks.kernels.worth import gains_of, guess, judge
from qdml_quantum.synthesis.networks.network import Move
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import TABLE_WIRES, Topology
from qdml_quantum.synthesis.networks.weights import Weights, has_table

_NOISE = 1e-3
"""Largest random part of a score, which breaks ties; more of it where the search stalls."""
_URGENCY = 0.25
"""The excess grows by this over the terms left, so that the last are not left behind."""
_PLACES = 3
"""Digits of the excess after the point: one table of gains then serves many levels."""
_STUCK = 80
"""Levels without progress after which a search gives up; a compromise, never measured finer."""
_PATIENCE, _URGE, _NOISY = 5, 1.0, 0.05
"""Levels without progress that are borne, and what each further one adds to the price of the
distance to the next term or H."""
_CHILDREN = 1.8
"""Children of every state kept: more of them turned out equal, or worse than they looked."""
_ROOM = 2
"""States with labels and without that there is room for, for every child."""


class BeamSearch:
    """Searches networks of one path sum on one topology.

    A move is a CX; rotations and H gates follow by the rules of `network.trace`. All moves of all
    states are valued at once, from what they change in the price of every term, and the best of
    them are made.

    A new variable may start inside a parity: then the search goes on with both, and the rotation of
    the variable alone becomes one more term.

    Args:
        path_sum: What to do, at most 12 wires on a topology with edges, and 62 variables.
        topology: Where two-qubit gates may stand.
        weights: The heuristic.
        width: States kept.
        seed: Of the noise that breaks ties, and of the hashes.
    """

    def __init__(
        self,
        path_sum: PathSum,
        topology: Topology,
        weights: Weights,
        *,
        width: int,
        seed: int = 0,
    ) -> None:
        self.path_sum, self.topology, self.weights = path_sum, topology, weights
        self.width, self.n = width, path_sum.num_slots
        self.rng = np.random.default_rng(seed)
        self.rules = self._rules()
        self._table = (np.zeros(0), np.zeros((0, 0), dtype=np.float32))

    def run(
        self,
        *,
        max_cost: int | None = None,
        deadline: float | None = None,
        prefix: Sequence[Move] = (),
        labels: Mapping[int, int] | None = None,
    ) -> tuple[tuple[Move, ...], dict[int, int]] | None:
        """CX gates and labels of the best network found, or None where none below `max_cost` is.

        Args:
            max_cost: Give up where no network with fewer two-qubit gates can follow.
            deadline: Value of `time.monotonic` at which to give up.
            prefix: CX gates to begin with, such as those of a network found before.
            labels: Its labels.
        """
        self._best, self._stalled = (1 << 40, 0, 0), 0
        self._spare: States | None = None
        states = self._begun(prefix, labels or {})
        rows = np.zeros(1, dtype=np.int64)
        history = [(rows, np.array([control]), np.array([target])) for control, target in prefix]
        best = 1 << 40 if max_cost is None else max_cost
        result: tuple[tuple[Move, ...], dict[int, int]] | None = None
        level = len(prefix)
        costs = np.array([ending(states, 0, self.rules)])
        while True:
            done = np.flatnonzero(costs >= 0)
            if done.size:
                ends = level + costs[done]
                order = np.lexsort((states.levels[rows[done]].max(axis=1), ends))
                cost = int(ends[order[0]])
                if cost < best:
                    best = cost
                    index = int(done[order[0]])
                    chosen = {i: int(m) for i, m in enumerate(states.labels[rows[index]]) if m}
                    result = _path(history, index), chosen
            if level + max(1, int((states.left + states.extra)[rows].min())) >= best:
                return result
            if deadline is not None and time.monotonic() > deadline:
                return result
            level += 1
            if self._stalled > _STUCK:
                return result
            states, rows, costs, move = self._advance(states, rows)
            history.append(move)

    def _rules(self) -> Rules:
        path_sum, topology, n = self.path_sum, self.topology, self.n
        # Variables of the last layer are alone on wires in the end, whatever they start in.
        between = list(range(n, n * (path_sum.num_layers - 1)))
        asked, last = path_sum.terms, (path_sum.num_layers - 1,) * n
        home, goal = path_sum.home, [1 << slot for slot in range(n)]
        terms = [*asked, *(1 << variable for variable in between)]
        alone = np.full(path_sum.num_variables, -1)
        alone[between] = len(asked) + np.arange(len(between))
        near = np.zeros((n, n), dtype=bool)
        near[tuple(topology.moves.T)] = True
        distance, away = np.zeros(0, dtype=np.int16), np.zeros((0, 0), dtype=np.int16)
        if n <= TABLE_WIRES:
            distance = topology.distance
            goals = [topology.distance_to_set(wires) for wires in goal] if home else [distance] * n
            away = np.stack(goals)
        symmetric = not home and topology.edges is None
        control, target = topology.moves.T
        return Rules(
            last=np.array(last, dtype=np.int64),
            home=home,
            goal=np.array(goal, dtype=np.int64),
            rzz=topology.rzz,
            turned=path_sum.turned,
            masks=np.array([path_sum.slots(term) for term in terms], dtype=np.int64),
            needs=np.array(terms, dtype=np.int64),
            keys=self._keys(len(terms)),
            alone=alone,
            groups=np.array(path_sum.groups, dtype=np.int64),
            partners=path_sum.partners,
            chains=np.array(path_sum.chains, dtype=np.int64).reshape(-1, 3),
            control=control.copy(),
            target=target.copy(),
            near=near,
            distance=distance,
            away=away,
            wire_keys=np.broadcast_to(self._keys(1 if symmetric else n), (n,)).copy(),
            layer_keys=self._keys(path_sum.num_layers, n),
        )

    def _keys(self, *shape: int) -> Array:
        return np.asarray(self.rng.integers(-(2**62), 2**62, size=shape))

    def _begun(self, prefix: Sequence[Move], labels: Mapping[int, int]) -> States:
        """One state, after the first moves."""
        path_sum, rules, n = self.path_sum, self.rules, self.n
        states = States.room(1, n, path_sum.num_variables, len(rules.needs))
        for mine in (states.contents, states.holders, states.sources):
            mine[0] = 1 << np.arange(n)
        count, alive, words = len(path_sum.terms), (1 << n) - 1, rules.masks
        waits = ((rules.needs & ~alive) != 0) << n
        states.words[0, :count] = (words | waits)[:count]
        states.terms[0] = np.arange(len(rules.needs))
        states.left[0] = count
        states.mark[0] = rules.keys[:count].sum()
        for variable in range(path_sum.num_variables):
            states.counts[0, variable] = (rules.needs[:count] >> variable & 1).sum()
        known = np.zeros(path_sum.num_variables, dtype=np.int64)
        for variable, wires in labels.items():
            known[variable] = wires
        lead, made = (np.array(m, dtype=np.int64).reshape(-1, 2) for m in (path_sum.lead, prefix))
        replay(states, 0, lead, made, known, rules)
        return states

    def _advance(
        self, states: States, rows: Array
    ) -> tuple[States, Array, Array, tuple[Array, Array, Array]]:
        """The next level: states, those of them in the beam, their costs, and where from."""
        prices, rules = self._prices(states, rows), self.rules
        gains = self._gains(prices)
        first, second = self._keys(2)
        values = guess(states, rows, gains, prices, first, rules)
        count = min(values.size, int(_CHILDREN * self.width))
        chosen = np.argpartition(values, count - 1, axis=None)[:count]
        parent, move = np.divmod(chosen, rules.control.size)
        room = _ROOM * count + self.n
        if self._spare is None or len(self._spare.left) < room:
            self._spare = States.room(room, self.n, states.counts.shape[1], states.words.shape[1])
        children, self._spare = self._spare, states
        origin = breed(states, rows[parent], move, children, rules)
        scores, hashes, costs = judge(children, origin.size, gains, prices, second, rules)
        order = np.argsort(scores, kind="stable")
        _, unique = np.unique(hashes[order], return_index=True)
        survivors = order[np.sort(unique)[: self.width]]
        came, costs = origin[survivors], costs[survivors]
        cx = move[came]
        return children, survivors, costs, (parent[came], rules.control[cx], rules.target[cx])

    def _prices(self, states: States, rows: Array) -> Prices:
        """What terms cost by their distance.

        With few terms left the excess rises towards the true distance, since a last term far from
        one wire would never outweigh the way home. While nothing gets done, the urge to do what is
        nearest rises, and noise with it.
        """
        progress = farthest(states, rows, self.rules)
        if progress < self._best:
            self._best, self._stalled = progress, 0
        self._stalled += 1
        urge = _URGE * max(0, self._stalled - _PATIENCE)
        excess = round(self.weights.excess + _URGENCY / max(1, progress[0]), _PLACES)
        far = np.arange(8 * self.n + 8)
        live = np.where(far > 0, 1 + excess * (far - 1), 0)
        later = 1 + self.weights.excess * self.weights.later * np.maximum(far - 1, 0)
        return Prices(
            terms=np.stack([live, later]).astype(np.float32),
            variables=np.array([self.weights.spread, self.weights.finished], dtype=np.float32),
            depth=self.weights.depth,
            urge=urge,
            noise=_NOISE + urge * _NOISY,
        )

    def _gains(self, prices: Prices) -> Array:
        """The table of gains, kept while terms cost the same; nothing where there is none."""
        if not has_table(self.topology):
            return np.zeros((0, 0), dtype=np.float32)
        known, gains = self._table
        if not np.array_equal(known, prices.terms):
            gains = gains_of(prices, self.rules, self.n)
            self._table = prices.terms, gains
        return gains


def _path(history: Sequence[tuple[Array, Array, Array]], index: int) -> tuple[Move, ...]:
    moves = []
    for parent, control, target in reversed(history):
        moves.append((int(control[index]), int(target[index])))
        index = int(parent[index])
    return tuple(reversed(moves))
