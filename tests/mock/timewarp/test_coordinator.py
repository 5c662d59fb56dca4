"""When time may jump: never while anybody runs, never on an old answer, always to the earliest wake-up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from qarnot_mock.timewarp.coordinator import Ask, Coordinator, Idle, Jump, Process, Stand

SEALED, OPEN = True, False


def with_processes(*rests: Idle | None) -> Coordinator:
    coordinator = Coordinator()
    for key, idle in enumerate(rests):
        coordinator.joined(key, Process(100 + key))
        if idle is not None:
            coordinator.rested(key, idle)
    return coordinator


def test_time_stands_while_nobody_has_joined() -> None:
    assert Coordinator().decide() == Stand()


def test_time_stands_while_anybody_runs() -> None:
    assert with_processes(Idle(1, 5, SEALED), None).decide() == Stand((1,), waited_for=True)


def test_time_jumps_to_the_earliest_wake_up() -> None:
    assert with_processes(Idle(1, 50, SEALED), Idle(1, 7, SEALED), Idle(1, None, SEALED)).decide() == Jump(7)


def test_time_stands_when_nobody_waits_for_one() -> None:
    assert with_processes(Idle(1, None, SEALED)).decide() == Stand()


def test_those_who_could_be_woken_from_outside_are_asked_first() -> None:
    coordinator = with_processes(Idle(4, 50, OPEN), Idle(9, 7, SEALED))
    ask = coordinator.decide()
    assert ask == Ask(1, ((0, 4),))
    assert coordinator.decide() == Stand(waited_for=True)
    coordinator.answered(0, 1, still_idle=True)
    assert coordinator.decide() == Jump(7)


def test_a_no_means_that_it_runs() -> None:
    coordinator = with_processes(Idle(4, 50, OPEN))
    coordinator.decide()
    coordinator.answered(0, 1, still_idle=False)
    assert coordinator.decide() == Stand((0,))


def test_an_answer_to_an_old_question_means_nothing() -> None:
    coordinator = with_processes(Idle(4, 50, OPEN))
    coordinator.decide()
    coordinator.rested(0, Idle(5, 60, OPEN))
    coordinator.answered(0, 1, still_idle=True)
    assert coordinator.decide() == Ask(2, ((0, 5),))


def test_what_happens_elsewhere_makes_all_answers_old() -> None:
    coordinator = with_processes(Idle(4, 50, OPEN), Idle(9, 7, SEALED))
    coordinator.decide()
    coordinator.answered(0, 1, still_idle=True)
    coordinator.rested(1, Idle(10, 8, SEALED))
    assert isinstance(coordinator.decide(), Ask)


def test_those_whose_time_has_come_run_again() -> None:
    coordinator = with_processes(Idle(1, 5, SEALED), Idle(1, 6, SEALED), Idle(1, None, OPEN))
    assert coordinator.moved(5) == [0, 2]
    assert coordinator.decide() == Stand((0,), waited_for=True)


def test_a_process_that_leaves_does_not_hold_the_others_up_but_its_parent_must_speak_again() -> None:
    coordinator = with_processes(Idle(1, 5, SEALED), Idle(1, 6, SEALED))
    assert coordinator.joined(2, Process(500, ancestors=(100, 1))) == [0]
    assert coordinator.decide() == Stand((2,), waited_for=True)
    assert coordinator.left(2) == [0]
    assert coordinator.decide() == Stand((0,), waited_for=True)
    coordinator.rested(0, Idle(2, 5, SEALED))
    assert coordinator.decide() == Jump(5)


def test_a_bystander_is_never_waited_for() -> None:
    coordinator = with_processes(Idle(1, 5, SEALED))
    coordinator.joined(1, Process(101, member=False))
    assert coordinator.decide() == Jump(5)


@pytest.mark.parametrize(("pid", "hit"), [(100, [0]), (101, [1]), (0, [0, 1]), (-7, [0, 1]), (999, [])])
def test_whoever_gets_a_signal_must_speak_again(pid: int, hit: list[int]) -> None:
    coordinator = with_processes(Idle(1, 5, SEALED), Idle(1, 6, SEALED))
    assert coordinator.signalled(pid) == hit
    assert isinstance(coordinator.decide(), Stand) is bool(hit)


class TruthfulProcesses(RuleBasedStateMachine):
    """Processes that say the truth, late: what they are is beside what they have said. Time must suit what they are."""

    processes: Bundle[int] = Bundle("processes")

    def __init__(self) -> None:
        super().__init__()
        self.coordinator = Coordinator()
        self.now = 0
        self.waits: dict[int, Idle | None] = {}
        self.asked: list[tuple[int, int, int]] = []
        self.count = 0

    @rule(target=processes)
    def join(self) -> int:
        self.count += 1
        self.waits[self.count] = None
        self.coordinator.joined(self.count, Process(self.count))
        return self.count

    @rule(key=consumes(processes))
    def end(self, key: int) -> None:
        del self.waits[key]
        self.coordinator.left(key)

    @rule(key=processes, after=st.none() | st.integers(1, 9), sealed=st.booleans())
    def rest(self, key: int, after: int | None, sealed: bool) -> None:
        if self.waits[key] is None:
            self.count += 1
            self.waits[key] = Idle(self.count, None if after is None else self.now + after, sealed)
            self.coordinator.rested(key, self.waits[key])

    @rule(key=processes)
    def wake_from_outside(self, key: int) -> None:
        # Only the mock, or somebody who runs, can send what wakes an open wait; nobody is told.
        idle = self.waits[key]
        if idle is not None and not idle.sealed and None in self.waits.values():
            self.waits[key] = None

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        key, proposal, sequence = self.asked.pop(data.draw(st.integers(0, len(self.asked) - 1)))
        if key in self.waits:
            idle = self.waits[key]
            self.coordinator.answered(key, proposal, still_idle=idle is not None and idle.sequence == sequence)

    @invariant()
    def a_jump_suits_everybody(self) -> None:
        decision = self.coordinator.decide()
        if isinstance(decision, Ask):
            self.asked += [(key, decision.proposal, sequence) for key, sequence in decision.whom]
        elif isinstance(decision, Jump):
            assert None not in self.waits.values()
            deadlines = [idle.deadline for idle in self.waits.values() if idle and idle.deadline is not None]
            assert decision.to == min(deadlines)
            self.now = decision.to
            self.coordinator.moved(self.now)
            for key, idle in self.waits.items():
                if idle and idle.deadline is not None and idle.deadline <= self.now:
                    self.waits[key] = None


TestTruthfulProcesses = TruthfulProcesses.TestCase


@given(st.lists(st.none() | st.integers(1, 100), min_size=1))
def test_everybody_wakes_in_the_end(waits: list[int | None]) -> None:
    coordinator = with_processes(*(Idle(1, deadline, SEALED) for deadline in waits))
    seen = []
    while isinstance(decision := coordinator.decide(), Jump):
        seen.append(decision.to)
        for key in coordinator.moved(decision.to):
            coordinator.rested(key, Idle(2, None, SEALED))
    assert seen == sorted({deadline for deadline in waits if deadline is not None})
