"""A segment's heap, driven by Hypothesis against a dict of pages.

The oracle knows for each page of the segment whether it is cold, warm or part of a block, and nothing else. The
heap's choices are its own; what must hold is that every choice is legal, that large blocks begin where they should, that
an allocation fails only when no run of free pages is long enough, that warm pages are preferred to cold ones, and that
stale releases change nothing.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, precondition, rule

from hpcflow._native import HeapProbe

PAGE_BYTES = 4096
PAGES = 64
LARGE_PAGES = 8  # blocks of so many begin at a multiple of so many

Extent = tuple[int, int]
Block = tuple[int, int, int, list[Extent]]

COLD, WARM, USED = "cold", "warm", "used"


def pages_of(extent: Extent) -> range:
    """Return the numbers of the pages of an extent, which must be made of whole pages."""
    offset, size_bytes = extent
    assert offset % PAGE_BYTES == 0
    assert size_bytes % PAGE_BYTES == 0
    return range(offset // PAGE_BYTES, (offset + size_bytes) // PAGE_BYTES)


class HeapAgainstPages(RuleBasedStateMachine):
    """Allocate, abandon, release and trim in any order."""

    blocks: Bundle[Block] = Bundle("blocks")

    def __init__(self) -> None:
        super().__init__()
        self.heap = HeapProbe(PAGES * PAGE_BYTES, large_bytes=LARGE_PAGES * PAGE_BYTES)
        self.pages = dict.fromkeys(range(PAGES), COLD)
        self.living: dict[int, Block] = {}  # by generation

    def has_room(self, wanted: int, *states: str) -> bool:
        """Tell whether so many pages in a row are in one of the states, from where such a block may begin."""
        step = LARGE_PAGES if wanted >= LARGE_PAGES else 1
        return any(
            all(self.pages[page] in states for page in range(begin, begin + wanted))
            for begin in range(0, PAGES - wanted + 1, step)
        )

    def paint(self, extent: Extent, before: str, after: str) -> None:
        """Change the state of the pages of an extent, all of which must be in the state `before`."""
        for page in pages_of(extent):
            assert self.pages[page] == before
            self.pages[page] = after

    def allocated(self, size_bytes: int) -> Block | None:
        """Allocate in both, and compare."""
        wanted = max(-(-size_bytes // PAGE_BYTES), 1)
        block = self.heap.allocate(size_bytes)
        if block is None:
            assert not self.has_room(wanted, COLD, WARM)
            return None
        offset, given_bytes, generation, cold = block
        assert given_bytes == wanted * PAGE_BYTES
        assert generation > max(self.living, default=0)
        cold_pages = {page for extent in cold for page in pages_of(extent)}
        assert cold_pages == {page for page in pages_of((offset, given_bytes)) if self.pages[page] == COLD}
        if wanted >= LARGE_PAGES:
            assert offset % (LARGE_PAGES * PAGE_BYTES) == 0
        if self.has_room(wanted, WARM):
            assert not cold
        for page in pages_of((offset, given_bytes)):
            assert self.pages[page] != USED
            self.pages[page] = USED
        return block

    def free(self, block: Block) -> None:
        """Release in the oracle."""
        self.paint(block[:2], USED, WARM)

    @rule(target=blocks, size_bytes=st.integers(0, PAGES * PAGE_BYTES // 4))
    def allocate(self, size_bytes: int) -> Block | MultipleResults[Block]:
        block = self.allocated(size_bytes)
        if block is None:
            return multiple()
        self.living[block[2]] = block
        return block

    @rule(size_bytes=st.integers(0, (PAGES + 2) * PAGE_BYTES))
    def allocate_and_abandon(self, size_bytes: int) -> None:
        block = self.allocated(size_bytes)
        if block is None:
            return
        self.heap.abandon(block)
        self.free(block)
        for extent in block[3]:
            self.paint(extent, WARM, COLD)
        assert not self.heap.release(block[0], block[2])

    @rule(size_bytes=st.integers(PAGES * PAGE_BYTES + 1, 2**64 - 1))
    def allocate_too_much(self, size_bytes: int) -> None:
        assert self.heap.allocate(size_bytes) is None

    @rule(block=blocks)
    def release(self, block: Block) -> None:
        """Release a block that lives, or one that was released before."""
        offset, _, generation, _ = block
        lives = self.living.pop(generation, None) is not None
        assert self.heap.release(offset, generation) is lives
        if lives:
            self.free(block)

    @rule(offset=st.integers(0, 2**64 - 1), generation=st.integers(0, 2**32 - 1))
    def release_what_never_was(self, offset: int, generation: int) -> None:
        if generation not in self.living:
            assert not self.heap.release(offset, generation)

    @precondition(lambda self: WARM in self.pages.values())
    @rule(reserve_bytes=st.integers(0, PAGES * PAGE_BYTES))
    def trim(self, reserve_bytes: int) -> None:
        warm = sum(state == WARM for state in self.pages.values())
        kept = min(warm, reserve_bytes // PAGE_BYTES)
        for extent in self.heap.trim(reserve_bytes):
            self.paint(extent, WARM, COLD)
        left = sum(state == WARM for state in self.pages.values())
        assert kept - LARGE_PAGES < left <= kept, "a cut is moved down, by less than a large block"

    @invariant()
    def sums_agree(self) -> None:
        assert self.heap.check() == ""
        states = list(self.pages.values())
        assert self.heap.capacity_bytes == PAGES * PAGE_BYTES
        assert self.heap.allocated_bytes == states.count(USED) * PAGE_BYTES
        assert self.heap.warm_free_bytes == states.count(WARM) * PAGE_BYTES
        assert self.heap.committed_bytes == (PAGES - states.count(COLD)) * PAGE_BYTES
        assert self.heap.block_count == len(self.living)


TestHeapAgainstPages = HeapAgainstPages.TestCase
TestHeapAgainstPages.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)


def test_generations_go_on_where_the_last_heap_of_the_segment_ended() -> None:
    heap = HeapProbe(4 * PAGE_BYTES, first_generation=2**32 - 1)
    first, second = heap.allocate(1), heap.allocate(1)
    assert first is not None
    assert second is not None
    assert (first[2], second[2]) == (2**32 - 1, 1)
